namespace InferenceServer.Evaluation.Measuring;

/// <summary>A plan that is compared with others on the same problems.</summary>
/// <param name="Name">What the report calls it.</param>
/// <param name="Strategies">The plan as JSON.</param>
public sealed record Arm(string Name, string Strategies)
{
    public double Temperature { get; init; } = 0.8;
    public double TopP { get; init; } = 1;

    /// <summary>How many times the plan is run on each problem.</summary>
    public int Samples { get; init; } = 1;

    /// <summary>Tokens of one completion; the run's own limit unless given.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>Verifiers that a problem's request carries, as JSON; a reference answer in them makes the arm an oracle.</summary>
    public Func<Problem, string> Verifiers { get; init; } = _ => "[]";

    /// <summary>Keeps what every candidate said.</summary>
    public bool WithAttempts { get; init; }

    /// <summary>Keeps the answers' tokens.</summary>
    public bool WithTokens { get; init; }
}
