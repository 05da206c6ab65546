using InferenceServer.Engine;

namespace InferenceServer.Strategies;

/// <summary>
/// Candidates that a strategy decodes by itself, step by step, rather than asking for finished answers. They begin at one prompt, which is computed once.
/// Disposing frees every row.
/// </summary>
public sealed class CandidateGroup : IAsyncDisposable
{
    private readonly GenerationSession _session;
    private readonly List<Candidate> _candidates;

    internal CandidateGroup(GenerationSession session, List<Candidate> candidates) => (_session, _candidates) = (session, candidates);

    /// <summary>In order of creation, rejected ones included.</summary>
    public IReadOnlyList<Candidate> Candidates => _candidates;

    /// <summary>Another candidate that goes on from this one. The n-th fork of a candidate always draws the same random stream.</summary>
    /// <param name="candidate">What to fork.</param>
    /// <param name="tokens">How many of its tokens the fork goes on from; all of them unless given, and not fewer than it was forked with itself.</param>
    /// <exception cref="EngineException">The engine refused.</exception>
    public Candidate Fork(Candidate candidate, int? tokens = null)
    {
        Candidate fork = candidate.Fork(_session.ReserveCandidates(1), tokens ?? candidate.Tokens.Count);
        _candidates.Add(fork);
        return fork;
    }

    /// <summary>Gives a candidate up, or lets a finished one go: its row is free in the engine's next step.</summary>
    /// <exception cref="ArgumentException">The candidate belongs to another group.</exception>
    public ValueTask ReleaseAsync(Candidate candidate, string reason) =>
        _candidates.Contains(candidate) ? candidate.DisposeAsync(reason) : throw new ArgumentException("The candidate belongs to another group.", nameof(candidate));

    public async ValueTask DisposeAsync()
    {
        foreach (Candidate candidate in _candidates)
            await candidate.DisposeAsync("no longer needed");
    }
}
