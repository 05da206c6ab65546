using InferenceServer.Server.Hosting;
using InferenceServer.Server.State;
using InferenceServer.Strategies.State;

namespace InferenceServer.Server.Stored;

/// <summary>Responses kept because their request said <c>"store": true</c>, until they are deleted or <c>--retention-days</c> have passed.</summary>
public sealed class StoredResponses(ISharedState state, ServerOptions options)
{
    private const string Kind = "response";

    /// <summary>Whether it was kept. A state that is away costs the copy, not the answer.</summary>
    public async ValueTask<bool> TryKeepAsync(Tenant tenant, string id, string json, CancellationToken cancellationToken)
    {
        try
        {
            await state.SetAsync(tenant.Key(Kind, id), json, TimeSpan.FromDays(options.RetentionDays), cancellationToken);
            return true;
        }
        catch (StateUnavailableException)
        {
            return false;
        }
    }

    /// <summary>The response as it was sent; null when there is none by this name.</summary>
    /// <exception cref="StateUnavailableException">State is away.</exception>
    public ValueTask<string?> FindAsync(Tenant tenant, string id, CancellationToken cancellationToken) =>
        IsId(id) ? state.GetAsync(tenant.Key(Kind, id), cancellationToken) : new((string?)null);

    /// <returns>Whether there was one.</returns>
    /// <exception cref="StateUnavailableException">State is away.</exception>
    public ValueTask<bool> DeleteAsync(Tenant tenant, string id, CancellationToken cancellationToken) =>
        IsId(id) ? state.RemoveAsync(tenant.Key(Kind, id), cancellationToken) : new(false);

    private static bool IsId(string id) => id.Length is > 0 and <= 64 && id.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');
}
