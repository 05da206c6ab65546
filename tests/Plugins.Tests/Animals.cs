using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using InferenceServer.Plugins;

namespace InferenceServer.Plugins.Tests;

[PluginKind("animal")]
public interface IAnimal<in TOptions>
{
    string Call(TOptions options);
}

[PluginKind("food")]
public interface IFood;

[Plugin("hay", "Dried grass.")]
public sealed class Hay : IFood;

[Plugin("oats", "Seeds of grass.")]
public sealed class Oats : IFood;

public enum Coat { ShortHair, LongHair }

public sealed record HorseOptions
{
    [JsonPropertyName("name")] public string Name { get; init; } = "";

    [Description("Hooves."), Range(1, 4)]
    public int Hooves { get; init; } = 4;

    [Description("Metres a second."), Range(0.5, 25.0)]
    public double TopSpeed { get; init; } = 20;

    [Description("Its coat.")]
    public Coat Coat { get; init; }

    [Description("What it eats."), PluginName(typeof(IFood))]
    public string Food { get; init; } = "hay";

    [Description("Races won by year.")]
    public IReadOnlyList<int> Wins { get; init; } = [];

    [Description("Whose it is; null for nobody's.")]
    public string? Owner { get; init; }

    [Description("Its stable.")]
    public Stable? Stable { get; init; }

    [JsonIgnore] public int Legs => Hooves;
}

public sealed record Stable
{
    [Description("Where it is.")]
    public required string Street { get; init; }

    [Description("Whether it has a roof.")]
    public bool Roof { get; init; } = true;
}

[Plugin("horse", "Runs.", Paper = "arXiv:0000.00001")]
public sealed class Horse(PluginSet<IFood> food, TimeProvider? time = null) : IAnimal<HorseOptions>
{
    public string Call(HorseOptions options) => $"{food[options.Food].GetType().Name} {(time is null ? "" : "timed")}".Trim();
}
