namespace InferenceServer.Strategies.Handbooks;

/// <summary>Where strategies get handbooks, and where they tell what came of using them. The host supplies it; without one there are no handbooks.</summary>
public interface IHandbookSource
{
    /// <summary>Null when the tenant has no such handbook.</summary>
    /// <param name="tenant">Whose request it is.</param>
    /// <exception cref="State.StateUnavailableException">It cannot be read at the moment.</exception>
    ValueTask<Handbook?> FindAsync(string tenant, string name, CancellationToken cancellationToken);

    /// <summary>Notes what came of the entries that a request retrieved. Returns at once; what cannot be noted is lost.</summary>
    void Report(string tenant, string handbook, IReadOnlyList<BehaviourTrial> trials);
}

/// <summary>
/// One entry in one request. Of the entries that were retrieved, each is shown or withheld by a coin that knows nothing of the question; the difference between the two
/// groups is the entry's own effect.
/// </summary>
/// <param name="Behaviour">The entry, in the version that was used.</param>
/// <param name="Shown">Whether it stood in the prompt.</param>
/// <param name="Cited">Whether the answer named it.</param>
/// <param name="Right">Whether the answer was right; null when nobody could tell.</param>
public sealed record BehaviourTrial(Behaviour Behaviour, bool Shown, bool Cited, bool? Right);
