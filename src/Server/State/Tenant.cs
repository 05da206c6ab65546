using InferenceServer.Strategies.State;

namespace InferenceServer.Server.State;

/// <summary>
/// Who a request belongs to, as far as state is concerned: the name of its API key, or the one tenant of a server without keys. Everything stored is a tenant's alone, since every key
/// begins with it.
/// </summary>
public readonly record struct Tenant(string Name)
{
    private static readonly object Item = new();

    public static Tenant Default { get; } = new(StateKey.DefaultTenant);

    /// <summary>The tenant of a request.</summary>
    public static Tenant Of(HttpContext http) => Known(http) ?? Default;

    /// <summary>The tenant that a key proved the caller to be; null on a server without keys.</summary>
    public static Tenant? Known(HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        return http.Items.TryGetValue(Item, out object? tenant) ? (Tenant)tenant! : null;
    }

    internal static void Set(HttpContext http, Tenant tenant) => http.Items[Item] = tenant;

    public string Key(string kind, params ReadOnlySpan<string> parts) => StateKey.Of(Name, kind, parts);

    public string Prefix(string kind, params ReadOnlySpan<string> parts) => StateKey.Prefix(Name, kind, parts);
}
