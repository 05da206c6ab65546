using System.Runtime.CompilerServices;
using InferenceServer.Strategies.Verifying;

namespace InferenceServer.Strategies;

/// <summary>One request on its way through its plan. Enumerated once, by <see cref="RunAsync"/> or by <see cref="SampleAsync"/>.</summary>
public sealed class GenerationRun
{
    private readonly ILanguageModel _model;
    private readonly GenerationRequest _request;
    private readonly IReadOnlyList<PipelineStage> _stages;
    private readonly IReadOnlyList<BoundVerifier> _verifiers;
    private readonly TimeProvider _time;
    private readonly Action<TraceEvent>? _onEvent;
    private readonly long _started;
    private int _begun;

    internal GenerationRun(
        ILanguageModel model, GenerationRequest request, IReadOnlyList<PipelineStage> stages, IReadOnlyList<BoundVerifier> verifiers, TimeProvider time,
        Action<TraceEvent>? onEvent)
    {
        (_model, _request, _stages, _verifiers, _time, _onEvent) = (model, request, stages, verifiers, time, onEvent);
        _started = time.GetTimestamp();
        Ledger = new ComputeLedger(FlopEstimate.Of(model));
    }

    /// <summary>What it has cost so far.</summary>
    public ComputeLedger Ledger { get; }

    /// <summary>The limit that ended the run, "max_total_tokens", "max_flops" or "deadline_ms"; null when none did.</summary>
    public string? BudgetExhausted { get; private set; }

    /// <summary>Since the run was made.</summary>
    public TimeSpan Elapsed => _time.GetElapsedTime(_started);

    /// <summary>
    /// Runs the plan. Yields better and better answers; the last one stands. Ends by itself when the budget does. Leaving or cancelling aborts every sequence.
    /// </summary>
    /// <exception cref="Engine.EngineException">The engine refused or lost a sequence.</exception>
    public async IAsyncEnumerable<Answer> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using BudgetMeter budget = Begin();
        GenerationSession session = Session(budget);
        IAsyncEnumerable<Answer> answers = _stages.Count == 0
            ? new GenerationContext(session, _stages, stage: -1, CandidatePath.Root, choice: 0).SampleAsync(1, cancellationToken)
            : _stages[0].RunAsync(new GenerationContext(session, _stages, stage: 0, CandidatePath.Root, choice: 0), cancellationToken);
        Answer? last = null;
        await foreach (Answer answer in answers.WithCancellation(cancellationToken))
        {
            Ledger.StandBy(answer.Candidate.Index, last?.Candidate.Index);
            session.Emit(new AnswerImproved(answer.Candidate.Index, session.Elapsed, answer.Text, answer.Score));
            last = answer;
            yield return answer;
        }
    }

    /// <summary>Runs the plan <paramref name="choices"/> times side by side, with independent random streams, and yields the final answer of each when it is
    /// there; <see cref="Answer.Sample"/> is its number. Every one stands. The first draws what <see cref="RunAsync"/> would for an empty plan.</summary>
    /// <exception cref="Engine.EngineException">The engine refused or lost a sequence.</exception>
    public async IAsyncEnumerable<Answer> SampleAsync(int choices, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using BudgetMeter budget = Begin();
        GenerationSession session = Session(budget);
        var context = new GenerationContext(session, _stages, stage: -1, CandidatePath.Root, choice: null);
        await foreach (Answer answer in context.SampleAsync(choices, cancellationToken))
        {
            Ledger.StandBy(answer.Candidate.Index, inPlaceOf: null);
            session.Emit(new AnswerImproved(answer.Candidate.Index, session.Elapsed, answer.Text, answer.Score));
            yield return answer;
        }
    }

    private GenerationSession Session(BudgetMeter budget) => new(_model, _request, _verifiers, Ledger, budget, _time, _started, _onEvent);

    private BudgetMeter Begin()
    {
        if (Interlocked.Exchange(ref _begun, 1) != 0)
            throw new InvalidOperationException("A run is enumerated once; start another for another answer.");
        return new BudgetMeter(_request.Budget, Ledger, _time, Elapsed, limit => BudgetExhausted = limit);
    }
}
