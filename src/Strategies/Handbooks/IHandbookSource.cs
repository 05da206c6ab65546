namespace InferenceServer.Strategies.Handbooks;

/// <summary>Where handbooks are kept. The host supplies it.</summary>
public interface IHandbookSource
{
    /// <summary>The newest version; null when there is no such handbook.</summary>
    ValueTask<Handbook?> FindAsync(string name, CancellationToken cancellationToken);

    /// <summary>Counts one use. It must not fail the request: a source that cannot count now drops or buffers.</summary>
    ValueTask RecordAsync(HandbookUse use, CancellationToken cancellationToken);
}

/// <summary>What became of one question for which a handbook was consulted.</summary>
/// <param name="Handbook">Its name.</param>
/// <param name="Version">Its version.</param>
/// <param name="IsIncluded">Whether the behaviours stood in the prompt; false for those that randomised inclusion left out, the control group.</param>
/// <param name="Retrieved">Names of the behaviours that were found for the question.</param>
/// <param name="Cited">Of these, the ones that the answer named.</param>
/// <param name="IsCorrect">What the request's verifiers said; null when there were none or they did not know.</param>
/// <param name="HintTokens">Tokens that the behaviours added to the prompt.</param>
/// <param name="AnswerTokens">Tokens of the answer.</param>
public sealed record HandbookUse(
    string Handbook, int Version, bool IsIncluded, IReadOnlyList<string> Retrieved, IReadOnlyList<string> Cited, bool? IsCorrect, int HintTokens, int AnswerTokens);

/// <summary>Turns text into a vector for retrieval by meaning. The host may supply one.</summary>
public interface IEmbedder
{
    ValueTask<ReadOnlyMemory<float>> EmbedAsync(string text, CancellationToken cancellationToken);
}
