using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using InferenceServer.Experiments;
using InferenceServer.Server.Hosting;
using InferenceServer.Server.State;

namespace InferenceServer.Server.Security;

/// <summary>
/// Who may call, and as whom: names with the SHA-256 of their keys, from the file of <c>--api-keys</c>, an object from name to key or to <c>sha256:</c> and the key's hash. The name is the
/// tenant; two names may not share a key. Without a file everybody is the one tenant.
/// </summary>
public sealed class ApiKeys
{
    /// <summary>Of a key written out: a shorter one can be guessed.</summary>
    public const int MinLength = 16;

    private const string HashPrefix = "sha256:";

    private readonly (Tenant Tenant, byte[] Hash)[] _keys;

    private ApiKeys((Tenant Tenant, byte[] Hash)[] keys) => _keys = keys;

    /// <summary>Nobody is asked for a key.</summary>
    public static ApiKeys None { get; } = new([]);

    /// <summary>Whether callers need a key.</summary>
    public bool AreRequired => _keys.Length > 0;

    /// <summary>Everybody who may call.</summary>
    public IReadOnlyList<Tenant> Tenants => AreRequired ? [.. _keys.Select(key => key.Tenant)] : [Tenant.Default];

    /// <summary>Whose key it is; null when it is nobody's. Takes the same time whichever it is: every key is compared, as a hash, in constant time.</summary>
    public Tenant? Find(string key)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(key));
        Tenant? found = null;
        foreach ((Tenant tenant, byte[] known) in _keys)
            if (CryptographicOperations.FixedTimeEquals(hash, known))
                found = tenant;
        return found;
    }

    /// <exception cref="StartupException">The file is missing, malformed, or its keys cannot be used; keys are not shown.</exception>
    public static ApiKeys Load(string? path)
    {
        if (path is null)
            return None;
        try
        {
            return Parse(File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new StartupException($"--api-keys {path}: {e.Message}", e);
        }
    }

    /// <exception cref="FormatException">Not as described above.</exception>
    internal static ApiKeys Parse(ReadOnlyMemory<byte> json)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
        }
        catch (JsonException e)
        {
            // The reader's message may show a part of what it read.
            throw new FormatException($"it is not JSON, at line {e.LineNumber + 1}.");
        }
        using (document)
        {
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.EnumerateObject().Any())
                throw new FormatException("""it must be an object from name to key, {"team-a": "sk-..."} for instance, with at least one.""");
            (Tenant Tenant, byte[] Hash)[] keys = [.. document.RootElement.EnumerateObject().Select(entry => (TenantOf(entry.Name), HashOf(entry)))];
            for (int i = 0; i < keys.Length; i++)
                if (Array.FindIndex(keys, key => key.Hash.AsSpan().SequenceEqual(keys[i].Hash)) is var first && first < i)
                    throw new FormatException($"'{keys[first].Tenant.Name}' and '{keys[i].Tenant.Name}' have the same key.");
            return new(keys);
        }
    }

    private static Tenant TenantOf(string name) => ExperimentRules.IsName(name) ? new(name)
        : throw new FormatException($"'{name}' cannot be a name: letters, digits, dots, hyphens and underscores, a letter or digit first, at most {ExperimentRules.MaxName} of them.");

    private static byte[] HashOf(JsonProperty entry)
    {
        if (entry.Value.ValueKind != JsonValueKind.String || entry.Value.GetString() is not { } key)
            throw new FormatException($"the key of '{entry.Name}' must be a string.");
        if (key.StartsWith(HashPrefix, StringComparison.Ordinal))
            try
            {
                return Convert.FromHexString(key[HashPrefix.Length..]) is { Length: SHA256.HashSizeInBytes } hash ? hash : throw new FormatException();
            }
            catch (FormatException)
            {
                throw new FormatException($"the key of '{entry.Name}' begins with {HashPrefix}, but what follows is not the 64 hexadecimal digits of a SHA-256.");
            }
        return key.Length >= MinLength && !key.Any(char.IsWhiteSpace) ? SHA256.HashData(Encoding.UTF8.GetBytes(key))
            : throw new FormatException($"the key of '{entry.Name}' must have at least {MinLength} characters and no spaces.");
    }
}
