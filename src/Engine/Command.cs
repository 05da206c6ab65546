using InferenceServer.Modeling.Rewards;

namespace InferenceServer.Engine;

internal enum CommandKind
{
    /// <summary>Sample <see cref="Command.Count"/> tokens into <see cref="Command.Output"/>.</summary>
    Decode,

    /// <summary>The reader left: drop what it did not read.</summary>
    Leave,
    Append,
    Rewind,
    Score,
    CancelScore,
    End,
}

/// <summary>A handle's message to the engine's thread.</summary>
internal readonly record struct Command(
    CommandKind Kind,
    Sequence Sequence,
    int Count = 0,
    int[]? Tokens = null,
    TokenStream? Output = null,
    ScoreRequest? Score = null,
    string? Reason = null,
    TokenStatistics[]? Statistics = null)
{
    /// <summary>Tells whoever waits for the command's effect that it will not come.</summary>
    public void Refuse(Exception error)
    {
        Score?.Fail(error);
        if (Output?.End(null, error) == true)
            Output.Wake();
    }
}
