namespace InferenceServer.Strategies.Handbooks;

/// <summary>Turns texts into vectors for retrieval by meaning. The host may supply one.</summary>
public interface IEmbedder
{
    /// <summary>A vector for each text, in their order; all of one length.</summary>
    /// <exception cref="EmbeddingException">It cannot tell at the moment.</exception>
    ValueTask<IReadOnlyList<ReadOnlyMemory<float>>> EmbedAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken);
}

/// <summary>There are no vectors at the moment; the message says why.</summary>
public sealed class EmbeddingException(string message, Exception? inner = null) : Exception(message, inner);
