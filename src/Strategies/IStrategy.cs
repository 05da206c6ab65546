using System.Text.Json.Serialization;

namespace InferenceServer.Strategies;

/// <summary>An inference-time algorithm. Yields an answer whenever it has a better one; the last one yielded stands.</summary>
public interface IStrategy<in TOptions> where TOptions : StrategyOptions
{
    IAsyncEnumerable<Answer> RunAsync(TOptions options, GenerationContext context, CancellationToken cancellationToken);
}

/// <summary>The flat options of one strategy, declared in the strategy's own file with [Description] and [Range]; bound from JSON by <c>"name"</c>.</summary>
public abstract record StrategyOptions
{
    /// <summary>The plug-in's name; filled in by the binder.</summary>
    [JsonPropertyName("name")] public string Name { get; init; } = "";
}
