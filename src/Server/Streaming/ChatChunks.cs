using InferenceServer.Engine;
using InferenceServer.Server.Generation;
using InferenceServer.Server.Requests;
using InferenceServer.Server.Responses;

namespace InferenceServer.Server.Streaming;

/// <summary>Choices as chat.completion.chunk events.</summary>
public sealed class ChatChunks(GenerationJob job, ServedModel model, string id, long created, bool logprobs, StreamOptionsFields? options, IncludeValue include)
    : ChoiceDeltas(job, model, options, include)
{
    private readonly ChatCompletionChunk _empty = new() { Id = id, Created = created, Model = model.Name, SystemFingerprint = model.Fingerprint, Choices = [] };

    protected override void BeginChoice(SseWriter sse, int choice)
    {
        var chunk = Chunk(new(choice, new("assistant", ""), null, null));
        Send(sse, choice == 0 ? chunk with { Strategies = Job.Plan, Seed = Job.Seed, Experiment = ExperimentPart.From(Job.Experiment, isOver: false) } : chunk);
    }

    protected override void Delta(SseWriter sse, int choice, string text, IReadOnlyList<SampledToken> tokens) =>
        Send(sse, Chunk(new(choice, new(null, text), logprobs ? ChatLogprobBodies.From(tokens, Model.TokenTexts) : null, null)));

    /// <summary>Whether the response was kept, when the request asked for it.</summary>
    public bool? Stored { get; set; }

    protected override bool NeedsSummary => Stored is not null;

    protected override void FinishChoice(SseWriter sse, Choice choice)
    {
        if (choice.Abstention is { } abstention)
            Send(sse, Chunk(new(choice.Index, new(null, null) { Refusal = abstention.Reason }, null, null)));
        Send(sse, Chunk(new(choice.Index, new(null, null), null, Job.FinishReasonOf(choice)) { Abstention = AbstentionBody.From(choice.Abstention), Notes = choice.Notes })
            with
        { BudgetExhausted = choice.BudgetExhausted });
    }

    protected override void Summary(SseWriter sse, Outcome outcome, bool usage, IncludeValue include) => Send(sse, _empty with
    {
        Usage = usage ? outcome.Usage : null,
        Experiment = ExperimentPart.From(Job.Experiment),
        Stored = Stored,
        Bill = include.Bill ? outcome.Bill : null,
        Candidates = include.Candidates ? outcome.Candidates(logprobs ? Model.TokenTexts : null) : null,
        Trace = include.Trace ? outcome.Trace : null,
    });

    private ChatCompletionChunk Chunk(ChatChunkChoice choice) => _empty with { Choices = [choice] };

    private static void Send(SseWriter sse, ChatCompletionChunk chunk) => sse.Data(chunk, ApiJson.Instance.ChatCompletionChunk);
}
