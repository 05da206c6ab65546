using System.Threading.Channels;

namespace InferenceServer.Server.Generation;

/// <summary>
/// Outcomes that wait for work in the background, in the order in which they came. Bounded by their number and by the tokens that their candidates hold: what does not fit is refused, so that a slow
/// reader costs outcomes and not the server's memory. Any number of writers, one reader.
/// </summary>
/// <param name="most">Outcomes that may wait.</param>
/// <param name="mostTokens">Tokens after which no further outcome is taken; the one that crosses it still is.</param>
public sealed class OutcomeQueue(int most, long mostTokens)
{
    private readonly Channel<Outcome> _channel = Channel.CreateUnbounded<Outcome>(new() { SingleReader = true });
    private int _waiting;
    private long _waitingTokens;

    /// <summary>Outcomes that were taken and not released.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Where the reader takes them from; it calls <see cref="Release"/> when it is done with one.</summary>
    public ChannelReader<Outcome> Reader => _channel.Reader;

    /// <returns>False when there is no room.</returns>
    public bool TryAdd(Outcome outcome)
    {
        long tokens = TokensOf(outcome);
        int waiting = Interlocked.Increment(ref _waiting);
        long before = Interlocked.Add(ref _waitingTokens, tokens) - tokens;
        if (waiting <= most && before <= mostTokens && _channel.Writer.TryWrite(outcome))
            return true;
        Release(outcome);
        return false;
    }

    /// <summary>Makes room for another.</summary>
    public void Release(Outcome outcome)
    {
        Interlocked.Decrement(ref _waiting);
        Interlocked.Add(ref _waitingTokens, -TokensOf(outcome));
    }

    private static long TokensOf(Outcome outcome) => outcome.Recorders.Sum(recorder => recorder.Candidates.Sum(candidate => (long)candidate.TokenCount));
}
