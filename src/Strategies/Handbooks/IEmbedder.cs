namespace InferenceServer.Strategies.Handbooks;

/// <summary>Turns text into a vector for retrieval by meaning. The host may supply one.</summary>
public interface IEmbedder
{
    ValueTask<ReadOnlyMemory<float>> EmbedAsync(string text, CancellationToken cancellationToken);
}
