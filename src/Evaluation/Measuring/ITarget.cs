using InferenceServer.Strategies;

namespace InferenceServer.Evaluation.Measuring;

/// <summary>Whoever is measured: a model in this process, or a server.</summary>
public interface ITarget : IAsyncDisposable
{
    /// <summary>What the report calls it.</summary>
    string Name { get; }

    /// <summary>Identifies what answers, for the journal.</summary>
    string Fingerprint { get; }

    /// <summary>Candidates that it works on at once; more would only wait.</summary>
    int Rows { get; }

    /// <summary>The model in this process; null when it is elsewhere.</summary>
    LocalTarget? Local { get; }

    /// <summary>Finds a plan that cannot run before an hour is spent on the others.</summary>
    /// <exception cref="StrategyPlanException">It cannot; the path says why.</exception>
    void Check(Trial trial);

    /// <exception cref="EvaluationException">The target cannot be reached, or refused.</exception>
    Task<TrialOutcome> RunAsync(Trial trial, CancellationToken cancellationToken);
}
