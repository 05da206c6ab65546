namespace InferenceServer.Engine;

/// <summary>How the engine shares its rows.</summary>
public sealed record LlmEngineOptions
{
    /// <summary>Prompt tokens computed in one step beside the decode pass. More lets waiting prompts in sooner, less keeps the gaps between streamed tokens short.</summary>
    public int PrefillTokensPerStep { get; init; } = 256;

    /// <summary>The same in steps that compute background sequences only: what comes meanwhile waits for the step to end.</summary>
    public int BackgroundPrefillTokensPerStep { get; init; } = 64;

    /// <summary>Sequences that may live at once, waiting ones included and background ones not; one more is refused.</summary>
    public int MaxSequences { get; init; } = 4096;

    /// <summary>Steps that a row may stand idle inside the decode window (its owner is thinking) before another row is moved into its place.</summary>
    public int IdleStepsBeforeMove { get; init; } = 8;

    /// <summary>Failed forward passes in a row after which the engine calls itself unhealthy.</summary>
    public int FailuresBeforeUnhealthy { get; init; } = 3;

    /// <summary>Checks every invariant after every step and fails loudly; for tests.</summary>
    public bool CheckInvariants { get; init; }
}
