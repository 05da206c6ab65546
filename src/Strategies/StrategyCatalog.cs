using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using InferenceServer.Plugins;
using InferenceServer.Strategies.Verifying;

namespace InferenceServer.Strategies;

/// <summary>The strategies among a catalog's plug-ins: what there is, what each accepts, and how a plan is read and written as JSON.</summary>
public sealed class StrategyCatalog(PluginCatalog plugins)
{
    private static readonly MethodInfo MakeStageMethod = typeof(StrategyCatalog).GetMethod(nameof(MakeStage), BindingFlags.NonPublic | BindingFlags.Static)!;

    private readonly PluginJson _json = new(plugins);
    private readonly PluginSchema _schema = new(plugins);
    private readonly ConcurrentDictionary<string, (object Strategy, MethodInfo MakeStage)> _instances = new(StringComparer.Ordinal);

    /// <summary>This assembly's strategies alone, for programs without plug-ins of their own.</summary>
    public static StrategyCatalog BuiltIn { get; } = new(new PluginCatalog([typeof(StrategyCatalog).Assembly]));

    /// <summary>The verifiers among the same plug-ins.</summary>
    public VerifierCatalog Verifiers { get; } = new(plugins);

    /// <summary>Name, summary, paper and options type of every strategy, in order of name.</summary>
    public IReadOnlyCollection<Plugin> Strategies => plugins.Of(typeof(IStrategy<>));

    /// <summary>The names among which a message can suggest one.</summary>
    public IEnumerable<string> Names => Strategies.Select(plugin => plugin.Name);

    public Plugin? Find(string name) => plugins.Find(typeof(IStrategy<>), name);

    /// <summary>JSON Schema of one strategy's object.</summary>
    /// <exception cref="KeyNotFoundException">There is no such strategy.</exception>
    public JsonObject Schema(string name) => _schema.Of(Find(name) ?? throw new KeyNotFoundException($"There is no strategy '{name}'."));

    /// <summary>Reads a plan.</summary>
    /// <param name="plan">An array of objects, the outermost strategy first.</param>
    /// <param name="path">Where it stands in its document, for messages.</param>
    /// <exception cref="StrategyPlanException">Anything in it is unknown, missing, of the wrong type or out of range.</exception>
    public IReadOnlyList<StrategyOptions> Bind(JsonElement plan, string path = "strategies")
    {
        if (plan.ValueKind != JsonValueKind.Array)
            throw new StrategyPlanException(path, "expected an array of objects such as {\"name\": \"best_of_n\", \"n\": 8}.");
        try
        {
            return [.. plan.EnumerateArray().Select((item, i) => (StrategyOptions)_json.Bind(typeof(IStrategy<>), item, $"{path}[{i}]").Options)];
        }
        catch (PluginOptionsException e)
        {
            throw new StrategyPlanException(e.Path, e.Reason, e);
        }
    }

    /// <summary>Writes a resolved plan, defaults filled in.</summary>
    public JsonArray ToJson(IEnumerable<StrategyOptions> plan) =>
        new([.. plan.Select(options => (JsonNode)PluginJson.Write(options with { Name = PluginOf(options).Name }))]);

    internal PipelineStage Stage(StrategyOptions options)
    {
        Plugin plugin = PluginOf(options);
        (object strategy, MethodInfo make) = _instances.GetOrAdd(
            plugin.Name, _ => (plugins.Create(plugin), MakeStageMethod.MakeGenericMethod(plugin.OptionsType!)));
        return (PipelineStage)make.Invoke(null, [strategy, options with { Name = plugin.Name }])!;
    }

    private Plugin PluginOf(StrategyOptions options) =>
        (options.Name.Length > 0 ? Find(options.Name) : Strategies.FirstOrDefault(plugin => plugin.OptionsType == options.GetType()))
        ?? throw new ArgumentException($"No strategy of this catalog takes {options.GetType()}.", nameof(options));

    private static PipelineStage MakeStage<TOptions>(object strategy, StrategyOptions options) where TOptions : StrategyOptions
    {
        var (typed, own) = ((IStrategy<TOptions>)strategy, (TOptions)options);
        return new PipelineStage(options, (context, cancellationToken) => typed.RunAsync(own, context, cancellationToken), request => typed.Check(own, request));
    }
}
