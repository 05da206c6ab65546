using System.Runtime.CompilerServices;
using System.Threading.Channels;
using InferenceServer.Engine;
using InferenceServer.Modeling.Text;
using InferenceServer.Strategies.Verifying;

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
    private string? _promptText, _question;
    private int _calls, _prompts;

    /// <param name="session">Shared by the run.</param>
    /// <param name="stages">The plan, outermost first.</param>
    /// <param name="stage">The stage that uses this context; -1 for the run itself, outside the outermost.</param>
    /// <param name="path">Place in the run's tree.</param>
    /// <param name="choice">Which of the run's choices it works for; null when its own samples are the choices.</param>
    internal GenerationContext(GenerationSession session, IReadOnlyList<PipelineStage> stages, int stage, CandidatePath path, int? choice)
        : this(session, stages, stage, path, choice, Conversation.Of(session.Request), session.Request.Prompt, wanted: 1) { }

    private GenerationContext(
        GenerationSession session, IReadOnlyList<PipelineStage> stages, int stage, CandidatePath path, int? choice, Conversation conversation, ReadOnlyMemory<int> prompt,
        int wanted)
    {
        (_session, _stages, _stage, _path, _choice) = (session, stages, stage, path, choice);
        (Conversation, Prompt, Wanted) = (conversation, prompt, wanted);
        SideCalls = new(session);
    }

    public ILanguageModel Model => _session.Model;
    public GenerationRequest Request => _session.Request;

    /// <summary>What the model is asked here; strategies outside may have changed the request's.</summary>
    public Conversation Conversation { get; }

    /// <summary><see cref="Conversation"/> as tokens.</summary>
    public ReadOnlyMemory<int> Prompt { get; }

    /// <summary>The prompt as text, special tokens included.</summary>
    public string PromptText => _promptText ??= Model.Tokenizer.Decode(Prompt.Span);

    /// <summary>What the request asked, whatever strategies have made of it since.</summary>
    public string Question => _question ??= Conversation.Of(Request).Question(Model.Tokenizer);

    /// <summary>How many answers the strategy outside asks this run for: 1 unless the options say <see cref="StrategyOptions.ServesWholeCall"/>.</summary>
    public int Wanted { get; }

    /// <summary>Ways to ask a model something that is no candidate.</summary>
    public SideCalls SideCalls { get; }

    /// <summary>Whether the request has verifiers.</summary>
    public bool HasVerifiers => _session.Verifiers.Count > 0;

    /// <summary>Whether the budget is spent: nothing more will be sampled, so conclude.</summary>
    public bool IsExhausted => _session.Budget.Exhausted is not null;

    /// <summary>Notes a score in the trace.</summary>
    public void Report(Candidate candidate, string scorer, double score)
    {
        if (_session.IsTraced)
            _session.Emit(new CandidateScored(candidate.Index, _session.Elapsed, scorer, score));
    }

    /// <summary>The answer with a note for its reader, which the trace gets too.</summary>
    public Answer Note(Answer answer, string note)
    {
        Answer noting = answer.Noting(note);
        if (noting != answer && _session.IsTraced)
            _session.Emit(new StrategyNoted(answer.Candidate.Index, _session.Elapsed, _stage >= 0 ? _stages[_stage].Options.Name : "", note));
        return noting;
    }

    /// <summary>
    /// The same strategy's context for another prompt, with random streams of its own. What the two prompts have in common is computed once if it is still in
    /// the engine's cache. Null when the prompt leaves no room for a completion, or when the model's chat template refuses such a conversation.
    /// </summary>
    public GenerationContext? WithPrompt(Conversation conversation)
    {
        CandidatePath path = _path.Child(_prompts++, -1);
        try
        {
            int[] tokens = conversation.Encode(Model);
            return tokens.Length >= Model.ContextLength ? null : new(_session, _stages, _stage, path, _choice, conversation, tokens, Wanted);
        }
        catch (ChatTemplateException)
        {
            return null;
        }
    }

    /// <summary>Random numbers of this place in the plan: the same for the same seed, whatever happens elsewhere.</summary>
    /// <param name="purpose">Different purposes get different numbers.</param>
    public Random Random(int purpose)
    {
        ulong seed = _path.Child(purpose, -2).Seed(Request.Sampling.Seed, 0);
        return new((int)(seed ^ (seed >> 32)));
    }

    /// <summary>Asks the request's verifiers about an answer; the same text is verified once. Unknown when there are none, or when the budget ends first.</summary>
    public async ValueTask<Verdict> VerifyAsync(Answer answer, CancellationToken cancellationToken)
    {
        if (!HasVerifiers)
            return Verdict.Unknown(VerifierKind.Judge, "The request has no verifiers.");
        if (_session.Verdicts.TryGetValue(answer.Text, out Verdict? known))
            return known;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _session.Budget.Token);
        try
        {
            Verdict verdict = await VerifierPanel.VerifyAsync(_session.Verifiers, new Submission(Question, answer.Text, this), (verifier, verdict) =>
            {
                if (_session.IsTraced)
                    _session.Emit(new CandidateVerified(answer.Candidate.Index, _session.Elapsed, verifier.Name, verdict.Outcome, verdict.Feedback));
            }, either.Token);
            return _session.Verdicts.GetOrAdd(answer.Text, verdict);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Verdict.Unknown(VerifierKind.Judge, "The request's budget ended before the verdict.");
        }
    }

    /// <summary>What to throw when an option turns out not to work only while the strategy runs; it names the option's place in the plan.</summary>
    public StrategyPlanException Refusal(string field, string reason) => new($"strategies[{_stage}].{field}", reason);

    /// <summary>An answer without a word, for a strategy that declines before anything was sampled.</summary>
    public Answer Decline(Abstention abstention)
    {
        var silent = new Candidate(_session, null, _session.ReserveCandidates(1), _choice ?? 0, startsPrompt: false, Prompt);
        silent.FinishSilently("abstained");
        return new Answer(silent, "") { Abstention = abstention };
    }

    /// <summary>Candidates at this prompt for a strategy that decodes by itself; dispose of the group.</summary>
    /// <exception cref="EngineException">The engine refused a sequence.</exception>
    public async ValueTask<CandidateGroup> OpenAsync(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        var candidates = new List<Candidate>();
        try
        {
            StartCandidates(_calls++, count, candidates);
            return new CandidateGroup(_session, candidates);
        }
        catch
        {
            await new CandidateGroup(_session, candidates).DisposeAsync();
            throw;
        }
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
            if (count > 1 && _stage >= 0 && _stage + 1 < _stages.Count && _stages[_stage + 1].Options.ServesWholeCall)
                tasks = [RunGroupAsync(call, count, finished.Writer, left.Token)];
            else if (_stage + 1 < _stages.Count)
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
            Answer? last = null;
            await foreach (Answer answer in RunInner(call, sample, wanted: 1, cancellationToken))
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

    private async Task RunGroupAsync(int call, int count, ChannelWriter<Answer> finished, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (Answer answer in RunInner(call, 0, count, cancellationToken))
                finished.TryWrite(answer);
        }
        catch (Exception e)
        {
            finished.TryComplete(e);
            throw;
        }
    }

    private IAsyncEnumerable<Answer> RunInner(int call, int sample, int wanted, CancellationToken cancellationToken)
    {
        var inner = new GenerationContext(_session, _stages, _stage + 1, _path.Child(call, sample), _choice ?? sample, Conversation, Prompt, wanted);
        return _stages[_stage + 1].RunAsync(inner, cancellationToken);
    }

    private static async Task DecodeAsync(Candidate candidate, int sample, ChannelWriter<Answer> finished, CancellationToken cancellationToken)
    {
        try
        {
            await candidate.DecodeAsync(cancellationToken: cancellationToken);
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
        SequenceHandle root = Model.Start(Prompt.Span, new SequenceOptions
        {
            Sampling = request.Sampling with { Seed = _path.Seed(request.Sampling.Seed, call) },
            StopTokens = request.IgnoreEndToken ? [] : Model.EndTokens,
            Priority = request.Priority,
        });
        int index = _session.ReserveCandidates(count);
        _session.Ledger.AddPrompt(Prompt.Length);
        candidates.Add(new Candidate(_session, root, index, _choice ?? 0, startsPrompt: true, Prompt));
        for (int sample = 1; sample < count; sample++)
            candidates.Add(new Candidate(_session, root.Fork(), index + sample, _choice ?? sample, startsPrompt: false, Prompt));
        _session.Budget.Check();
    }
}
