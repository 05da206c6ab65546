namespace InferenceServer.Server.Generation;

/// <summary>Takes note of a request that has run, before its response ends: what the caller is told is then on record.</summary>
public interface IOutcomeListener
{
    /// <summary>What of a run it needs; the response may want more.</summary>
    Keep Keep { get; }

    /// <summary>Must not throw for a state that is away: a note that cannot be taken costs the note, not the answer.</summary>
    ValueTask FinishedAsync(Outcome outcome, CancellationToken cancellationToken);

    /// <summary>The job came to no end: the server failed on it, or its caller left. Must not throw.</summary>
    ValueTask FailedAsync(GenerationJob job, bool isAbandoned, TimeSpan elapsed) => ValueTask.CompletedTask;
}
