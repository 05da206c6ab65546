using InferenceServer.Strategies.Handbooks;

namespace InferenceServer.Server.Handbooks;

/// <summary>The store as strategies see it.</summary>
public sealed class HandbookSource(HandbookStore store) : IHandbookSource
{
    public ValueTask<Handbook?> FindAsync(string tenant, string name, CancellationToken cancellationToken) => store.FindAsync(new(tenant), name, cancellationToken);

    public void Report(string tenant, string handbook, IReadOnlyList<BehaviourTrial> trials) => store.Count(new(tenant), handbook, trials);
}
