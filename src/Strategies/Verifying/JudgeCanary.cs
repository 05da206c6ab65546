namespace InferenceServer.Strategies.Verifying;

/// <summary>
/// Watches a judge by showing it content-free answers that it must refuse: at its first call, and at one call in a hundred after. When it accepted more than one
/// in a hundred of the last probes, its word counts for nothing until it does better.
/// </summary>
public sealed class JudgeCanary
{
    private const int Every = 100, Window = 100;
    private const double MostAccepted = 0.01;

    private readonly Queue<bool> _accepted = new();
    private readonly Lock _lock = new();
    private int _calls, _probes;

    /// <summary>The content-free answer to show the judge beside this call; null for most calls.</summary>
    public string? Probe()
    {
        lock (_lock)
            return _calls++ % Every == 0 ? AnswerGuards.MasterKeys[_probes++ % AnswerGuards.MasterKeys.Count] : null;
    }

    public void Report(bool accepted)
    {
        lock (_lock)
        {
            _accepted.Enqueue(accepted);
            if (_accepted.Count > Window)
                _accepted.Dequeue();
        }
    }

    /// <summary>Share of the last probes that the judge accepted.</summary>
    public double FalsePositiveRate { get { lock (_lock) return _accepted.Count == 0 ? 0 : _accepted.Count(a => a) / (double)_accepted.Count; } }

    public bool IsTrusted => FalsePositiveRate <= MostAccepted;
}
