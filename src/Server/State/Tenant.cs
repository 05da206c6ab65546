using InferenceServer.Strategies.State;

namespace InferenceServer.Server.State;

/// <summary>
/// Who a request belongs to, as far as state is concerned. The server has no API keys, so everybody is the same one today; a server that tells callers apart
/// does it in <see cref="Of"/>, and everything stored is theirs alone, since every key begins with the tenant.
/// </summary>
public readonly record struct Tenant(string Name)
{
    public static Tenant Default { get; } = new(StateKey.DefaultTenant);

    /// <summary>The tenant of a request.</summary>
    public static Tenant Of(HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        return Default;
    }

    public string Key(string kind, params ReadOnlySpan<string> parts) => StateKey.Of(Name, kind, parts);

    public string Prefix(string kind, params ReadOnlySpan<string> parts) => StateKey.Prefix(Name, kind, parts);
}
