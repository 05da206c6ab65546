using System.Collections.Concurrent;
using InferenceServer.Strategies.Verifying;

namespace InferenceServer.Strategies;

/// <summary>What all contexts and candidates of one run share.</summary>
internal sealed class GenerationSession(
    ILanguageModel model, GenerationRequest request, IReadOnlyList<BoundVerifier> verifiers, ComputeLedger ledger, BudgetMeter budget, TimeProvider time, long started,
    Action<TraceEvent>? onEvent)
{
    private readonly Lock _trace = new();
    private int _candidates;

    public ILanguageModel Model { get; } = model;
    public GenerationRequest Request { get; } = request;
    public IReadOnlyList<BoundVerifier> Verifiers { get; } = verifiers;
    public ComputeLedger Ledger { get; } = ledger;
    public BudgetMeter Budget { get; } = budget;
    public TimeSpan Elapsed => time.GetElapsedTime(started);

    /// <summary>Verdicts by text: the same answer is not verified twice.</summary>
    public ConcurrentDictionary<string, Verdict> Verdicts { get; } = new(StringComparer.Ordinal);

    /// <summary>Tokens that may end a reasoning step.</summary>
    public IReadOnlyCollection<int> StepTokens { get; } = Steps.StepTokens.Of(model.Tokenizer);

    /// <summary>Whether anybody listens; without a listener no event is made.</summary>
    public bool IsTraced => onEvent is not null;

    /// <summary>The first of <paramref name="count"/> consecutive candidate numbers.</summary>
    public int ReserveCandidates(int count) => Interlocked.Add(ref _candidates, count) - count;

    /// <summary>Hands an event to the listener, one at a time: candidates are decoded by several tasks.</summary>
    public void Emit(TraceEvent traceEvent)
    {
        if (onEvent is null)
            return;
        lock (_trace)
            onEvent(traceEvent);
    }
}
