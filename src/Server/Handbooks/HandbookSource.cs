using InferenceServer.Server.State;
using InferenceServer.Strategies.Handbooks;

namespace InferenceServer.Server.Handbooks;

/// <summary>The store as strategies see it: one tenant's handbooks.</summary>
public sealed class HandbookSource(HandbookStore store) : IHandbookSource
{
    public ValueTask<Handbook?> FindAsync(string name, CancellationToken cancellationToken) => store.FindAsync(Tenant.Default, name, cancellationToken);

    public void Report(string handbook, IReadOnlyList<BehaviourTrial> trials) => store.Count(Tenant.Default, handbook, trials);
}
