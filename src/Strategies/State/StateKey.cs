namespace InferenceServer.Strategies.State;

/// <summary>
/// The name of a value: whose it is, what kind it is, which one. The tenant comes first, so that nothing of one can be read, listed or counted under
/// another's name.
/// </summary>
public static class StateKey
{
    /// <summary>Everybody's, as long as the server tells nobody apart.</summary>
    public const string DefaultTenant = "default";

    private const char Separator = '/';

    /// <summary><c>tenant/kind/part/part</c>.</summary>
    /// <exception cref="ArgumentException">A part is empty or holds a slash or a control character, with which it could reach into another's keys.</exception>
    public static string Of(string tenant, string kind, params ReadOnlySpan<string> parts)
    {
        string key = Checked(tenant) + Separator + Checked(kind);
        foreach (string part in parts)
            key += Separator + Checked(part);
        return key;
    }

    /// <summary>What all keys below <see cref="Of"/>'s begin with.</summary>
    public static string Prefix(string tenant, string kind, params ReadOnlySpan<string> parts) => Of(tenant, kind, parts) + Separator;

    private static string Checked(string part) => part.Length > 0 && !part.Any(c => c == Separator || char.IsControl(c))
        ? part
        : throw new ArgumentException($"'{part}' cannot be part of a key: it is empty, or holds a slash or a control character.", nameof(part));
}
