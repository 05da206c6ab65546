using System.Text.Json.Serialization;

namespace InferenceServer.Strategies;

/// <summary>The flat options of one strategy, declared in the strategy's own file with [Description] and [Range]; bound from JSON by <c>"name"</c>.</summary>
public abstract record StrategyOptions
{
    /// <summary>The plug-in's name; filled in by the binder, and not needed when the record is made in code.</summary>
    [JsonPropertyName("name")] public string Name { get; init; } = "";

    /// <summary>How many answers of the next strategy inward this one asks for at most; the product over a plan is limited.</summary>
    [JsonIgnore] public virtual int Fanout => 1;

    /// <summary>Whether it asks for its answers in one call, so that a strategy inside can choose among them.</summary>
    [JsonIgnore] public virtual bool AsksAtOnce => Fanout > 1;

    /// <summary>
    /// Whether one run of it serves all the answers that the strategy outside asks for (<see cref="GenerationContext.Wanted"/>), each of another candidate,
    /// rather than one run for each. Every answer it yields is passed on; their <see cref="Answer.Sample"/> numbers lie below what was asked for.
    /// </summary>
    [JsonIgnore] public virtual bool ServesWholeCall => false;

    /// <summary>Whether it decodes candidates by itself, so that nothing can stand inside it.</summary>
    [JsonIgnore] public virtual bool IsInnermost => false;

    /// <summary>Whether its word is the last one, so that nothing can stand outside it.</summary>
    [JsonIgnore] public virtual bool IsOutermost => false;
}
