using InferenceServer.Engine;
using InferenceServer.Server.Generation;
using InferenceServer.Server.Requests;
using InferenceServer.Server.Responses;

namespace InferenceServer.Server.Streaming;

/// <summary>Choices as text_completion events.</summary>
/// <param name="echoes">One for each run of the job, or null without echo.</param>
public sealed class CompletionChunks(
    GenerationJob job, ServedModel model, string id, long created, bool logprobs, IReadOnlyList<PromptEcho>? echoes, StreamOptionsFields? options, IncludeValue include)
    : ChoiceDeltas(job, model, options, include)
{
    private readonly Completion _empty = new() { Id = id, Created = created, Model = model.Name, SystemFingerprint = model.Fingerprint, Choices = [] };
    private readonly CompletionLogprobsBuilder[] _logprobs = [.. Enumerable.Range(0, job.TotalChoices).Select(_ => new CompletionLogprobsBuilder(model))];

    protected override void BeginChoice(SseWriter sse, int choice)
    {
        PromptEcho? echo = echoes?[choice / Job.Choices];
        if (choice > 0 && echo is null)
            return;
        CompletionLogprobs? scores = echo?.Tokens is { } tokens ? _logprobs[choice].Add(tokens) : null;
        Completion chunk = _empty with { Choices = [new(choice, echo?.Text ?? "", scores, null)] };
        Send(sse, choice == 0 ? chunk with { Strategies = Job.Plan, Seed = Job.Seed, Experiment = ExperimentPart.From(Job.Experiment, isOver: false) } : chunk);
    }

    protected override void Delta(SseWriter sse, int choice, string text, IReadOnlyList<SampledToken> tokens) =>
        Send(sse, _empty with { Choices = [new(choice, text, logprobs ? _logprobs[choice].Add(tokens) : null, null)] });

    protected override void FinishChoice(SseWriter sse, Choice choice) =>
        Send(sse, _empty with
        {
            Choices = [new(choice.Index, "", null, Job.FinishReasonOf(choice)) { Abstention = AbstentionBody.From(choice.Abstention), Notes = choice.Notes }],
            BudgetExhausted = choice.BudgetExhausted,
        });

    protected override void Summary(SseWriter sse, Outcome outcome, bool usage, IncludeValue include) => Send(sse, _empty with
    {
        Usage = usage ? outcome.Usage : null,
        Experiment = ExperimentPart.From(Job.Experiment),
        Bill = include.Bill ? outcome.Bill : null,
        Candidates = include.Candidates ? outcome.Candidates(logprobs ? Model.TokenTexts : null) : null,
        Trace = include.Trace ? outcome.Trace : null,
    });

    private static void Send(SseWriter sse, Completion chunk) => sse.Data(chunk, ApiJson.Instance.Completion);
}
