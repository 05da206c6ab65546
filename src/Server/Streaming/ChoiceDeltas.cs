using System.Text;
using InferenceServer.Engine;
using InferenceServer.Server.Generation;
using InferenceServer.Server.Requests;
using InferenceServer.Server.Responses;
using InferenceServer.Strategies;

namespace InferenceServer.Server.Streaming;

/// <summary>
/// The text of each choice as deltas, which is what OpenAI's streams are. With plain sampling a delta is what became certain since the last write, of one token or
/// of several: making and reading a chunk costs more than a token's text. Any other plan sends the answer when it stands, and typed events before it if the
/// client asked for them.
/// </summary>
public abstract class ChoiceDeltas(GenerationJob job, ServedModel model, StreamOptionsFields? options, IncludeValue include) : ProgressWriter
{
    private readonly Growing[] _choices = [.. Enumerable.Range(0, job.TotalChoices).Select(_ => new Growing())];

    protected GenerationJob Job => job;
    protected ServedModel Model => model;

    public override void Begin(SseWriter sse)
    {
        for (int choice = 0; choice < _choices.Length; choice++)
            BeginChoice(sse, choice);
    }

    public override void Write(SseWriter sse, in Progress progress)
    {
        if (progress.Finished is { } finished)
            Finish(sse, finished);
        else if (job.IsPlain && progress.Event is TextSampled text)
            _choices[progress.Choice].Grow(text);
        if (options?.IncludeEvents == true && progress.Event is { } happened and not TextSampled)
        {
            Flush(sse);
            var body = TraceBody.From(progress.Choice, happened);
            sse.Event(body.Type, body, ApiJson.Instance.TraceBody);
        }
    }

    public override void Flush(SseWriter sse)
    {
        for (int choice = 0; choice < _choices.Length; choice++)
            SendGrown(sse, choice);
    }

    public override void End(SseWriter sse, Outcome outcome)
    {
        bool usage = options?.IncludeUsage == true;
        if (usage || include != IncludeValue.None || NeedsSummary)
            Summary(sse, outcome, usage, include);
        sse.Done();
    }

    /// <summary>Whether there is something to say at the end that nobody asked for in particular.</summary>
    protected virtual bool NeedsSummary => false;

    protected abstract void BeginChoice(SseWriter sse, int choice);

    /// <param name="sse">Where to.</param>
    /// <param name="choice">Which choice.</param>
    /// <param name="text">Not empty, except where only log-probabilities are left.</param>
    /// <param name="tokens">The tokens that this text came with.</param>
    protected abstract void Delta(SseWriter sse, int choice, string text, IReadOnlyList<SampledToken> tokens);
    protected abstract void FinishChoice(SseWriter sse, Choice choice);
    protected abstract void Summary(SseWriter sse, Outcome outcome, bool usage, IncludeValue include);

    private void SendGrown(SseWriter sse, int index)
    {
        Growing choice = _choices[index];
        if (choice.Text.Length == 0)
            return;
        Delta(sse, index, choice.Text.ToString(), choice.Tokens);
        choice.Sent += choice.Text.Length;
        choice.Text.Clear();
        choice.Tokens.Clear();
    }

    private void Finish(SseWriter sse, Choice finished)
    {
        Growing choice = _choices[finished.Index];
        SendGrown(sse, finished.Index);
        IReadOnlyList<SampledToken> rest = job.IsPlain ? choice.Pending : AnswerTokens.Of(finished, model.Tokenizer);
        string text = finished.Text[Math.Min(choice.Sent, finished.Text.Length)..];
        if (text.Length > 0 || (rest.Count > 0 && finished.FinishReason == "length"))
            Delta(sse, finished.Index, text, rest);
        FinishChoice(sse, finished);
    }

    private sealed class Growing
    {
        /// <summary>Characters sent.</summary>
        public int Sent { get; set; }

        /// <summary>Certain, not sent.</summary>
        public StringBuilder Text { get; } = new();

        /// <summary>The tokens of <see cref="Text"/>.</summary>
        public List<SampledToken> Tokens { get; } = [];

        /// <summary>Tokens whose text is not certain yet.</summary>
        public List<SampledToken> Pending { get; } = [];

        public void Grow(TextSampled sampled)
        {
            if (sampled.Token is { } token)
                Pending.Add(token);
            if (sampled.Delta.Length == 0)
                return;
            Text.Append(sampled.Delta);
            Tokens.AddRange(Pending);
            Pending.Clear();
        }
    }
}
