using System.ComponentModel;
using InferenceServer.Plugins;

namespace InferenceServer.Plugins.Tests;

public class PluginCatalogTests
{
    private static readonly PluginCatalog Catalog = new([new TypeList(typeof(Oats), typeof(Horse), typeof(Hay))]);

    [Fact]
    public void Of_Kind_ListsItsPluginsByName()
    {
        Assert.Equal(["hay", "oats"], Catalog.Of(typeof(IFood)).Select(p => p.Name));
        Plugin horse = Assert.Single(Catalog.Of(typeof(IAnimal<>)));
        Assert.Equal(new Plugin("horse", "Runs.", "arXiv:0000.00001", typeof(Horse), typeof(HorseOptions)), horse);
    }

    [Fact]
    public void Of_KindNobodyImplements_IsEmpty() => Assert.Empty(Catalog.Of(typeof(IDisposable)));

    [Fact]
    public void Constructor_SameAssemblyTwice_ScansItOnce()
    {
        var assembly = new TypeList(typeof(Hay));
        Assert.Single(new PluginCatalog([assembly, assembly]).Of(typeof(IFood)));
    }

    [Fact]
    public void Create_PluginWithCollaborators_InjectsSetsAndServices()
    {
        Plugin horse = Catalog.Find(typeof(IAnimal<>), "horse")!;
        Assert.Equal("Oats", ((Horse)Catalog.Create(horse)).Call(new() { Food = "oats" }));
        var timed = new PluginCatalog([new TypeList(typeof(Horse), typeof(Hay))], new OneService(TimeProvider.System));
        Assert.Equal("Hay timed", ((Horse)timed.Create(horse)).Call(new()));
    }

    [Fact]
    public void PluginSet_SameName_GivesTheSameInstance()
    {
        var set = new PluginSet<IFood>(Catalog);
        Assert.Equal(["hay", "oats"], set.Names);
        Assert.Same(set["hay"], set["hay"]);
        Assert.Throws<KeyNotFoundException>(() => set["straw"]);
    }

    [Theory]
    [InlineData(typeof(SecondHay), "Hay", "SecondHay", "'hay'")]
    [InlineData(typeof(CamelCase), "CamelCase", "'BigHay'", "snake_case")]
    [InlineData(typeof(Undocumented), "Undocumented", "'straw'", "summary")]
    [InlineData(typeof(UndocumentedOption), "UndocumentedOption", "SilentOptions.Volume", "[Description]")]
    [InlineData(typeof(Kindless), "Kindless", "[PluginKind]", "Kindless")]
    [InlineData(typeof(Unmade), "Unmade", "abstract", "Unmade")]
    public void Constructor_RuleBroken_NamesTypesAndRule(Type type, params string[] expected)
    {
        string message = Assert.Throws<PluginException>(() => new PluginCatalog([new TypeList(typeof(Hay), type)])).Message;
        Assert.All(expected, part => Assert.Contains(part, message, StringComparison.Ordinal));
    }

    private sealed class OneService(TimeProvider time) : IServiceProvider
    {
        public object? GetService(Type serviceType) => serviceType == typeof(TimeProvider) ? time : null;
    }

    [Plugin("hay", "Also dried grass.")]
    private sealed class SecondHay : IFood;

    [Plugin("BigHay", "A bale.")]
    private sealed class CamelCase : IFood;

    [Plugin("straw", " ")]
    private sealed class Undocumented : IFood;

    [Plugin("stone", "Nobody eats it.")]
    private sealed class Kindless;

    [Plugin("idea", "Of food.")]
    private abstract class Unmade : IFood;

    public sealed record SilentOptions
    {
        public int Volume { get; init; }
    }

    [Plugin("mouse", "Hides.")]
    private sealed class UndocumentedOption : IAnimal<SilentOptions>
    {
        [Description("None.")]
        public string Call(SilentOptions options) => "";
    }
}
