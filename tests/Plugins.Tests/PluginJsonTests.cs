using System.Text.Json;
using InferenceServer.Plugins;

namespace InferenceServer.Plugins.Tests;

public class PluginJsonTests
{
    private static readonly PluginJson Json = new(new PluginCatalog([new TypeList(typeof(Horse), typeof(Hay), typeof(Oats))]));

    private static HorseOptions Bind(string json) => (HorseOptions)Json.Bind(typeof(IAnimal<>), JsonDocument.Parse(json).RootElement, "animals[1]").Options;

    [Fact]
    public void Bind_NameAlone_GivesDefaults() => Assert.Equal(new HorseOptions { Name = "horse" }, Bind("""{"name":"horse"}"""));

    [Fact]
    public void Bind_EveryField_ReadsEach()
    {
        HorseOptions options = Bind("""
            {"name":"horse","hooves":3,"top_speed":1.5,"coat":"long_hair","food":"oats","wins":[1,2],"owner":null,"stable":{"street":"Mill Lane","roof":false}}
            """);
        Assert.Equal((3, 1.5, Coat.LongHair, "oats", null), (options.Hooves, options.TopSpeed, options.Coat, options.Food, options.Owner));
        Assert.Equal([1, 2], options.Wins);
        Assert.Equal(new Stable { Street = "Mill Lane", Roof = false }, options.Stable);
    }

    [Theory]
    [InlineData("""{"name":"horse","hoovse":3}""", "animals[1].hoovse", "did you mean 'hooves'?")]
    [InlineData("""{"name":"horse","zzzzzz":3}""", "animals[1].zzzzzz", "allowed: \"name\", \"hooves\"")]
    [InlineData("""{"name":"horse","legs":3}""", "animals[1].legs", "there is no option")]
    [InlineData("""{"name":"horse","hooves":5}""", "animals[1].hooves", "5 is out of range: from 1 to 4")]
    [InlineData("""{"name":"horse","top_speed":0.1}""", "animals[1].top_speed", "from 0.5 to 25")]
    [InlineData("""{"name":"horse","hooves":2.5}""", "animals[1].hooves", "expected a whole number, got the number 2.5")]
    [InlineData("""{"name":"horse","hooves":99999999999}""", "animals[1].hooves", "expected a whole number")]
    [InlineData("""{"name":"horse","hooves":"4"}""", "animals[1].hooves", "got a string")]
    [InlineData("""{"name":"horse","hooves":null}""", "animals[1].hooves", "must not be null")]
    [InlineData("""{"name":"horse","food":"oat"}""", "animals[1].food", "there is no food 'oat'; did you mean 'oats'?")]
    [InlineData("""{"name":"horse","coat":"bald"}""", "animals[1].coat", "\"short_hair\", \"long_hair\"")]
    [InlineData("""{"name":"horse","coat":1}""", "animals[1].coat", "expected one of")]
    [InlineData("""{"name":"horse","wins":[1,"two"]}""", "animals[1].wins[1]", "expected a whole number, got a string")]
    [InlineData("""{"name":"horse","wins":1}""", "animals[1].wins", "expected an array")]
    [InlineData("""{"name":"horse","stable":{}}""", "animals[1].stable.street", "is missing; Where it is.")]
    [InlineData("""{"name":"horse","stable":{"street":"a","rof":true}}""", "animals[1].stable.rof", "did you mean 'roof'?")]
    [InlineData("""{"name":"horse","stable":[]}""", "animals[1].stable", "expected an object, got an array")]
    [InlineData("""{"name":"horse","hooves":1,"hooves":2}""", "animals[1].hooves", "given twice")]
    [InlineData("""{"name":"hores"}""", "animals[1].name", "there is no animal 'hores'; did you mean 'horse'?")]
    [InlineData("""{"name":7}""", "animals[1].name", "expected a string, got the number 7")]
    [InlineData("""{"hooves":4}""", "animals[1].name", "is missing; it chooses the animal, one of \"horse\"")]
    [InlineData("""["horse"]""", "animals[1]", "expected an object with a \"name\"")]
    public void Bind_Mistake_SaysWhereAndWhatIsAllowed(string json, string path, string reason)
    {
        var error = Assert.Throws<PluginOptionsException>(() => Bind(json));
        Assert.Equal(path, error.Path);
        Assert.Contains(reason, error.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_BoundOptions_BindsBackToEqual()
    {
        HorseOptions options = Bind("""{"name":"horse","hooves":2,"coat":"long_hair","stable":{"street":"Mill Lane"}}""");
        string json = PluginJson.Write(options).ToJsonString();
        Assert.Equal("""{"name":"horse","hooves":2,"top_speed":20,"coat":"long_hair","food":"hay","wins":[],"owner":null,"stable":{"street":"Mill Lane","roof":true}}""", json);
        HorseOptions again = Bind(json);
        Assert.Equal(options with { Wins = again.Wins }, again);
    }

    [Theory]
    [InlineData("best_of_m", "best_of_n")]
    [InlineData("bset_of_n", "best_of_n")]
    [InlineData("n", null)]
    [InlineData("handbook", null)]
    public void Nearest_Misspelling_IsFoundOnlyWhenNear(string written, string? expected) => Assert.Equal(expected, Spelling.Nearest(written, ["plain", "best_of_n"]));
}
