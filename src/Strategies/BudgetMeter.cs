namespace InferenceServer.Strategies;

/// <summary>Watches one run's budget. Reaching a limit cancels <see cref="Token"/>, which ends every decoding of the run where it stands.</summary>
internal sealed class BudgetMeter : IDisposable
{
    private readonly ComputeBudget _budget;
    private readonly ComputeLedger _ledger;
    private readonly CancellationTokenSource _exhausted = new();
    private readonly ITimer? _timer;
    private readonly Action<string> _onExhausted;
    private string? _limit;

    /// <param name="budget">The limits.</param>
    /// <param name="ledger">Counts the tokens.</param>
    /// <param name="time">The clock of the deadline.</param>
    /// <param name="elapsed">How much of the deadline has passed already.</param>
    /// <param name="onExhausted">Told which limit was reached, once.</param>
    public BudgetMeter(ComputeBudget budget, ComputeLedger ledger, TimeProvider time, TimeSpan elapsed, Action<string> onExhausted)
    {
        (_budget, _ledger, _onExhausted) = (budget, ledger, onExhausted);
        if (budget.Deadline is { } deadline)
            _timer = time.CreateTimer(_ => Exhaust("deadline_ms"), null, deadline > elapsed ? deadline - elapsed : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    public CancellationToken Token => _exhausted.Token;

    /// <summary>The limit that was reached, as JSON spells it; null while there is room.</summary>
    public string? Exhausted => Volatile.Read(ref _limit);

    /// <summary>Tokens that may still be spent by a sequence that holds so many; the last of them reaches the limit.</summary>
    public int Remaining(int position)
    {
        int tokens = _budget.MaxTotalTokens is int max ? Math.Max(0, max - _ledger.Total) : int.MaxValue;
        return _budget.MaxFlops is double flops ? Math.Min(tokens, _ledger.TokensWithin(flops, position)) : tokens;
    }

    /// <summary>Call after tokens were counted.</summary>
    public void Check()
    {
        if (_budget.MaxTotalTokens is int max && _ledger.Total >= max)
            Exhaust("max_total_tokens");
        else if (_budget.MaxFlops is double flops && _ledger.EstimatedFlops >= flops)
            Exhaust("max_flops");
    }

    public void Dispose()
    {
        _timer?.Dispose();
        _exhausted.Dispose();
    }

    private void Exhaust(string limit)
    {
        if (Interlocked.CompareExchange(ref _limit, limit, null) is not null)
            return;
        _onExhausted(limit);
        try
        {
            _exhausted.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The deadline passed while the run was being put away.
        }
    }
}
