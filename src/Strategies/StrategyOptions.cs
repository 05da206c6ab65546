using System.Text.Json.Serialization;

namespace InferenceServer.Strategies;

/// <summary>The flat options of one strategy, declared in the strategy's own file with [Description] and [Range]; bound from JSON by <c>"name"</c>.</summary>
public abstract record StrategyOptions
{
    /// <summary>The plug-in's name; filled in by the binder, and not needed when the record is made in code.</summary>
    [JsonPropertyName("name")] public string Name { get; init; } = "";

    /// <summary>How many answers of the next strategy inward this one asks for at most; the product over a plan is limited.</summary>
    [JsonIgnore] public virtual int Fanout => 1;
}
