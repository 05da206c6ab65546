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
}

internal static class Keeping
{
    public static Keep For(IncludeValue include, bool logprobs) =>
        (include.Candidates && logprobs ? Keep.Tokens : Keep.None) | (include.Trace ? Keep.Trace : Keep.None);
}
