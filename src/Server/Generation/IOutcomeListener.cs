namespace InferenceServer.Server.Generation;

/// <summary>Takes note of a request that has run, before its response ends: what the caller is told is then on record.</summary>
public interface IOutcomeListener
{
    /// <summary>What of a job's runs it needs; the response may want more.</summary>
    Keep KeepOf(GenerationJob job) => Keep.None;

    /// <summary>Must not throw for a state that is away: a note that cannot be taken costs the note, not the answer.</summary>
    ValueTask FinishedAsync(Outcome outcome, CancellationToken cancellationToken);

    /// <summary>The request failed or its caller left: this is how far it ran. Must be quick and must not throw.</summary>
    /// <param name="outcome">With its <see cref="Outcome.Failure"/>; choices without an end have no answer.</param>
    ValueTask UnfinishedAsync(Outcome outcome) => ValueTask.CompletedTask;
}
