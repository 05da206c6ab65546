using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using InferenceServer.Plugins;

namespace InferenceServer.Strategies.Verifying;

/// <summary>The verifiers among a catalog's plug-ins: what there is, what each accepts, and how a request's list of them is read and written as JSON.</summary>
public sealed class VerifierCatalog(PluginCatalog plugins)
{
    private static readonly MethodInfo MakeMethod = typeof(VerifierCatalog).GetMethod(nameof(Make), BindingFlags.NonPublic | BindingFlags.Static)!;

    private readonly PluginJson _json = new(plugins);
    private readonly PluginSchema _schema = new(plugins);
    private readonly ConcurrentDictionary<string, (object Verifier, MethodInfo Make)> _instances = new(StringComparer.Ordinal);

    /// <summary>Name, summary and options type of every verifier, in order of name.</summary>
    public IReadOnlyCollection<Plugin> Verifiers => plugins.Of(typeof(IVerifier<>));

    public Plugin? Find(string name) => plugins.Find(typeof(IVerifier<>), name);

    /// <summary>JSON Schema of one verifier's object.</summary>
    /// <exception cref="KeyNotFoundException">There is no such verifier.</exception>
    public JsonObject Schema(string name) => _schema.Of(Find(name) ?? throw new KeyNotFoundException($"There is no verifier '{name}'."));

    /// <summary>Reads a request's verifiers.</summary>
    /// <param name="verifiers">An array of objects such as <c>{"name": "numeric", "reference": "42"}</c>.</param>
    /// <param name="path">Where it stands in its document, for messages.</param>
    /// <exception cref="StrategyPlanException">Anything in it is unknown, missing, of the wrong type or out of range.</exception>
    public IReadOnlyList<VerifierOptions> Bind(JsonElement verifiers, string path = "verifiers")
    {
        if (verifiers.ValueKind != JsonValueKind.Array)
            throw new StrategyPlanException(path, "expected an array of objects such as {\"name\": \"numeric\", \"reference\": \"42\"}.");
        try
        {
            return [.. verifiers.EnumerateArray().Select((item, i) => (VerifierOptions)_json.Bind(typeof(IVerifier<>), item, $"{path}[{i}]").Options)];
        }
        catch (PluginOptionsException e)
        {
            throw new StrategyPlanException(e.Path, e.Reason, e);
        }
    }

    /// <summary>Writes verifiers, defaults filled in.</summary>
    public JsonArray ToJson(IEnumerable<VerifierOptions> verifiers) =>
        new([.. verifiers.Select(options => (JsonNode)PluginJson.Write(options with { Name = PluginOf(options).Name }))]);

    /// <summary>A verifier ready for use.</summary>
    /// <exception cref="InvalidOperationException">Its constructor asks for a service that the host does not have.</exception>
    public BoundVerifier Create(VerifierOptions options)
    {
        Plugin plugin = PluginOf(options);
        (object verifier, MethodInfo make) = _instances.GetOrAdd(
            plugin.Name, _ => (plugins.Create(plugin), MakeMethod.MakeGenericMethod(plugin.OptionsType!)));
        return (BoundVerifier)make.Invoke(null, [plugin.Name, verifier, options])!;
    }

    private Plugin PluginOf(VerifierOptions options) =>
        (options.Name.Length > 0 ? Find(options.Name) : Verifiers.FirstOrDefault(plugin => plugin.OptionsType == options.GetType()))
        ?? throw new ArgumentException($"No verifier of this catalog takes {options.GetType()}.", nameof(options));

    private static BoundVerifier Make<TOptions>(string name, object verifier, VerifierOptions options) where TOptions : VerifierOptions
    {
        var (typed, own) = ((IVerifier<TOptions>)verifier, (TOptions)options);
        return new(name, typed.Kind, (submission, cancellationToken) => typed.VerifyAsync(own, submission, cancellationToken), model => typed.Check(own, model));
    }
}

/// <summary>One verifier of a request, its options bound.</summary>
public sealed record BoundVerifier(
    string Name, VerifierKind Kind, Func<Submission, CancellationToken, ValueTask<Verdict>> VerifyAsync, Func<ILanguageModel, PlanProblem?> Check);
