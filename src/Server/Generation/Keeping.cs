using InferenceServer.Server.Requests;

namespace InferenceServer.Server.Generation;

/// <summary>What of a run is kept for its response.</summary>
[Flags]
public enum Keep
{
    None = 0,

    /// <summary>Every token of every candidate.</summary>
    Tokens = 1,

    /// <summary>Every event.</summary>
    Trace = 2,

    /// <summary>What it takes to tell the run later and to play it again: candidates token by token, and the events between the tokens.</summary>
    Recording = 4,
}

internal static class Keeping
{
    public static Keep For(IncludeValue include, bool logprobs) =>
        (include.Candidates && logprobs ? Keep.Tokens : Keep.None) | (include.Trace ? Keep.Trace : Keep.None);
}
