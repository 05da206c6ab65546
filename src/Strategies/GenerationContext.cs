using System.Runtime.CompilerServices;
using System.Threading.Channels;
using InferenceServer.Engine;

namespace InferenceServer.Strategies;

/// <summary>
/// What a strategy works with: the prompt, and a way to get answers from whatever stands inside it, the next strategy of the plan or plain sampling.
/// </summary>
public sealed class GenerationContext
{
    private readonly GenerationSession _session;
    private readonly IReadOnlyList<PipelineStage> _stages;
    private readonly int _stage;
    private readonly CandidatePath _path;
    private readonly int? _choice;
    private string? _promptText;
    private int _calls;

    /// <param name="session">Shared by the run.</param>
    /// <param name="stages">The plan, outermost first.</param>
    /// <param name="stage">The stage that uses this context; -1 for the run itself, outside the outermost.</param>
    /// <param name="path">Place in the run's tree.</param>
    /// <param name="choice">Which of the run's choices it works for; null when its own samples are the choices.</param>
    internal GenerationContext(GenerationSession session, IReadOnlyList<PipelineStage> stages, int stage, CandidatePath path, int? choice)
    {
        (_session, _stages, _stage, _path, _choice) = (session, stages, stage, path, choice);
    }

    public ILanguageModel Model => _session.Model;
    public GenerationRequest Request => _session.Request;
    public ReadOnlyMemory<int> Prompt => _session.Request.Prompt;

    /// <summary>The prompt as text, special tokens included.</summary>
    public string PromptText => _promptText ??= Model.Tokenizer.Decode(Prompt.Span);

    /// <summary>Whether the budget is spent: nothing more will be sampled, so conclude.</summary>
    public bool IsExhausted => _session.Budget.Exhausted is not null;

    /// <summary>Notes a score in the trace.</summary>
    public void Report(Candidate candidate, string scorer, double score)
    {
        if (_session.IsTraced)
            _session.Emit(new CandidateScored(candidate.Index, _session.Elapsed, scorer, score));
    }

    /// <summary>
    /// Asks for <paramref name="count"/> answers, all at once, and yields each when it is there; <see cref="Answer.Sample"/> numbers them. Plain sampling
    /// computes the prompt once and forks it. Leaving the enumeration aborts what still runs. When the budget ends it, unfinished answers are yielded (in
    /// their order) only if there is no finished one.
    /// </summary>
    /// <exception cref="EngineException">The engine refused or lost a sequence; the others are aborted.</exception>
    public async IAsyncEnumerable<Answer> SampleAsync(int count, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        int call = _calls++;
        if (IsExhausted)
            yield break;
        using var left = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var finished = Channel.CreateUnbounded<Answer>(new() { SingleReader = true });
        var candidates = new List<Candidate>();
        Task[] tasks = [];
        try
        {
            if (_stage + 1 < _stages.Count)
                tasks = [.. Enumerable.Range(0, count).Select(sample => RunInnerAsync(call, sample, finished.Writer, left.Token))];
            else
            {
                StartCandidates(call, count, candidates);
                tasks = [.. candidates.Select((candidate, sample) => DecodeAsync(candidate, sample, finished.Writer, left.Token))];
            }
            _ = CompleteAsync(tasks, finished.Writer);

            var cut = new List<Answer>();
            bool any = false;
            await foreach (Answer answer in finished.Reader.ReadAllAsync(cancellationToken))
            {
                if (answer.Candidate.IsCut)
                {
                    cut.Add(answer);
                    continue;
                }
                any = true;
                yield return answer;
            }
            if (!any)
                foreach (Answer answer in cut.OrderBy(answer => answer.Sample))
                    yield return answer;
        }
        finally
        {
            await left.CancelAsync();
            // Their errors have been thrown above, or the caller has left and wants none.
            await Task.WhenAll(tasks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (Candidate candidate in candidates)
                await candidate.DisposeAsync("no longer needed");
        }
    }

    private async Task RunInnerAsync(int call, int sample, ChannelWriter<Answer> finished, CancellationToken cancellationToken)
    {
        try
        {
            var inner = new GenerationContext(_session, _stages, _stage + 1, _path.Child(call, sample), _choice ?? sample);
            Answer? last = null;
            await foreach (Answer answer in _stages[_stage + 1].RunAsync(inner, cancellationToken).WithCancellation(cancellationToken))
                last = answer;
            if (last is not null)
                finished.TryWrite(last with { Sample = sample });
        }
        catch (Exception e)
        {
            finished.TryComplete(e);
            throw;
        }
    }

    private static async Task DecodeAsync(Candidate candidate, int sample, ChannelWriter<Answer> finished, CancellationToken cancellationToken)
    {
        try
        {
            await candidate.DecodeAsync(cancellationToken);
            // A finished row is worth more to others than to us.
            await candidate.DisposeAsync("finished");
            finished.TryWrite(new Answer(candidate, candidate.Text) { Sample = sample });
        }
        catch (Exception e)
        {
            finished.TryComplete(e);
            throw;
        }
    }

    private static async Task CompleteAsync(Task[] tasks, ChannelWriter<Answer> finished)
    {
        await Task.WhenAll(tasks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        finished.TryComplete();
    }

    /// <summary>The first candidate is the sequence that computes the prompt; the n-th fork of it draws the same stream however many there are.</summary>
    private void StartCandidates(int call, int count, List<Candidate> candidates)
    {
        GenerationRequest request = _session.Request;
        SequenceHandle root = Model.Start(request.Prompt.Span, new SequenceOptions
        {
            Sampling = request.Sampling with { Seed = _path.Seed(request.Sampling.Seed, call) },
            StopTokens = request.IgnoreEndToken ? [] : Model.EndTokens,
            Priority = request.Priority,
        });
        int index = _session.ReserveCandidates(count);
        _session.Ledger.AddPrompt(request.Prompt.Length);
        candidates.Add(new Candidate(_session, root, index, _choice ?? 0, startsPrompt: true));
        for (int sample = 1; sample < count; sample++)
            candidates.Add(new Candidate(_session, root.Fork(), index + sample, _choice ?? sample, startsPrompt: false));
        _session.Budget.Check();
    }
}
