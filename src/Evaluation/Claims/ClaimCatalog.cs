using System.Reflection;
using System.Text.Json;
using InferenceServer.Evaluation.Measuring;
using InferenceServer.Plugins;

namespace InferenceServer.Evaluation.Claims;

/// <summary>The claims of this assembly by name.</summary>
public sealed class ClaimCatalog
{
    private static readonly MethodInfo MakeMethod = typeof(ClaimCatalog).GetMethod(nameof(Make), BindingFlags.NonPublic | BindingFlags.Static)!;

    private readonly PluginCatalog _plugins = new([typeof(ClaimCatalog).Assembly]);

    public IEnumerable<Plugin> Claims => _plugins.Of(typeof(IClaim<>));

    /// <summary>Reads a recipe's claims.</summary>
    /// <param name="claims">Objects such as <c>{"name": "sampling", "count": 300}</c>.</param>
    /// <exception cref="EvaluationException">Something in them is unknown, of the wrong type or out of range; the message has the JSON path.</exception>
    public IReadOnlyList<BoundClaim> Bind(IReadOnlyList<JsonElement> claims)
    {
        try
        {
            return [.. claims.Select((claim, i) =>
            {
                (Plugin plugin, object options) = new PluginJson(_plugins).Bind(typeof(IClaim<>), claim, $"claims[{i}]");
                return (BoundClaim)MakeMethod.MakeGenericMethod(plugin.OptionsType!).Invoke(null, [plugin, _plugins.Create(plugin), options])!;
            })];
        }
        catch (PluginOptionsException e)
        {
            throw new EvaluationException($"{e.Path}: {e.Reason}", e);
        }
    }

    private static BoundClaim Make<TOptions>(Plugin plugin, IClaim<TOptions> claim, TOptions options) where TOptions : ClaimOptions =>
        new(plugin.Name, plugin.Summary, plugin.Paper, claim.NeedsModel, claim.Completions(options), target => claim.Lacks(options, target),
            (laboratory, cancellationToken) => claim.RunAsync(options, laboratory, cancellationToken));
}

/// <summary>A claim with its options.</summary>
public sealed record BoundClaim(
    string Name, string Summary, string? Paper, bool NeedsModel, long Completions, Func<ITarget, string?> Lacks, Func<Laboratory, CancellationToken, Task<ClaimReport>> RunAsync);
