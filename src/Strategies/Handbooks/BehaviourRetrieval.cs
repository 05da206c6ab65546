using System.Numerics.Tensors;

namespace InferenceServer.Strategies.Handbooks;

/// <summary>How behaviours are found for a question.</summary>
public enum HandbookRetrieval
{
    /// <summary>By shared words, BM25.</summary>
    Bm25,

    /// <summary>Those whose topic the request names or the question mentions, best words first; all of them by words when none does.</summary>
    Topic,

    /// <summary>By meaning, when the host has an embedder.</summary>
    Embedding,

    /// <summary>The control: any.</summary>
    Random,
}

/// <summary>Finds the behaviours of a handbook that fit a question, the best first.</summary>
public static class BehaviourRetrieval
{
    /// <param name="handbook">Where to look.</param>
    /// <param name="question">What was asked.</param>
    /// <param name="retrieval">How; <see cref="HandbookRetrieval.Embedding"/> needs <paramref name="embedder"/>.</param>
    /// <param name="topic">Named by the request; null when it names none.</param>
    /// <param name="k">How many at most.</param>
    /// <param name="random">For the control.</param>
    /// <param name="embedder">For retrieval by meaning.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="EmbeddingException">The embedder cannot tell at the moment.</exception>
    public static async ValueTask<IReadOnlyList<Behaviour>> FindAsync(
        Handbook handbook, string question, HandbookRetrieval retrieval, string? topic, int k, Random random, IEmbedder? embedder, CancellationToken cancellationToken)
    {
        IReadOnlyList<Behaviour> all = [.. handbook.Active];
        switch (retrieval)
        {
            case HandbookRetrieval.Random:
                Behaviour[] shuffled = [.. all];
                random.Shuffle(shuffled);
                return [.. shuffled.Take(k)];
            case HandbookRetrieval.Embedding:
                IReadOnlyList<ReadOnlyMemory<float>> vectors = await embedder!.EmbedAsync([question, .. all.Select(behaviour => $"{behaviour.Name}: {behaviour.Instruction}")], cancellationToken);
                double[] similarities = [.. vectors.Skip(1).Select(told => (double)TensorPrimitives.CosineSimilarity(vectors[0].Span, told.Span))];
                return Best(all, similarities, k);
            case HandbookRetrieval.Topic:
                Behaviour[] fitting = [.. all.Where(behaviour => behaviour.Topics.Any(Fits))];
                if (fitting.Length > 0)
                    // Ties among those that share no word with the question go in the handbook's order.
                    return Best(fitting, [.. new Bm25(fitting.Select(Words)).Scores(question).Select(score => score + double.Epsilon)], k);
                goto default;
            default:
                return Best(all, new Bm25(all.Select(Words)).Scores(question), k);
        }

        bool Fits(string of) => topic is null
            ? question.Contains(of, StringComparison.OrdinalIgnoreCase)
            : string.Equals(of, topic, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>What retrieval by words reads.</summary>
    private static string Words(Behaviour behaviour) => $"{behaviour.Name["behavior_".Length..].Replace('_', ' ')} {behaviour.Instruction} {string.Join(' ', behaviour.Topics)}";

    private static Behaviour[] Best(IReadOnlyList<Behaviour> behaviours, double[] scores, int k) =>
        [.. Enumerable.Range(0, behaviours.Count).Where(i => scores[i] > 0).OrderByDescending(i => scores[i]).Take(k).Select(i => behaviours[i])];
}
