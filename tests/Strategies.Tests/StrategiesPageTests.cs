using System.Text;
using System.Text.Json.Nodes;
using InferenceServer.Plugins;

namespace InferenceServer.Strategies.Tests;

public class StrategiesPageTests
{
    /// <summary>docs/strategies.md holds the tables that the plug-ins' own attributes give. After a change, paste what this test prints.</summary>
    [Fact]
    public void StrategiesPage_Tables_SayWhatTheCatalogSays()
    {
        string page = Read("docs", "strategies.md"), expected = Tables(StrategyCatalog.BuiltIn);
        Assert.True(page.Contains(expected, StringComparison.Ordinal), $"docs/strategies.md should contain:\n{expected}");
    }

    [Fact]
    public async Task StrategiesPage_Example_IsTheOneThatRunsHere()
    {
        string source = Read("tests", "Strategies.Tests", "Shortest.cs");
        Assert.Contains(source[source.IndexOf("[Plugin(", StringComparison.Ordinal)..].Trim(), Read("docs", "strategies.md"), StringComparison.Ordinal);

        await using var model = new StoryModel([("short", 1), ("rather longer", 1)]);
        var catalog = new StrategyCatalog(new PluginCatalog([typeof(Plain).Assembly, typeof(Shortest).Assembly]));
        Assert.Equal("short", (await model.Start(StoryModel.Request(new ShortestOptions { N = 8 }), catalog: catalog).RunAsync().ToListAsync())[^1].Text);
    }

    private static string Read(params string[] path)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "InferenceServer.sln")))
            folder = folder.Parent;
        return File.ReadAllText(Path.Combine([folder.FullName, .. path]));
    }

    private static string Tables(StrategyCatalog catalog) =>
        Table("strategy", catalog.Strategies, catalog.Schema) + "\n" + Table("verifier", catalog.Verifiers.Verifiers, catalog.Verifiers.Schema);

    private static string Table(string kind, IReadOnlyCollection<Plugin> plugins, Func<string, JsonObject> schema)
    {
        var text = new StringBuilder($"| {kind} | what it does | paper |\n| --- | --- | --- |\n");
        foreach (Plugin plugin in plugins)
            text.Append(null, $"| `{plugin.Name}` | {plugin.Summary} | {plugin.Paper} |\n");
        text.Append("\n| option | default | allowed | meaning |\n| --- | --- | --- | --- |\n");
        foreach (Plugin plugin in plugins)
            foreach (var (name, option) in schema(plugin.Name)["properties"]!.AsObject().Where(p => p.Key != "name"))
                text.Append(null, $"| `{plugin.Name}.{name}` | {Default(option!.AsObject())} | {Allowed(option.AsObject())} | {option["description"]} |\n");
        return text.ToString();
    }

    private static string Default(JsonObject option) =>
        !option.ContainsKey("default") ? "required" : option["default"] is { } value ? $"`{value.ToString().Replace("\n", "\\n", StringComparison.Ordinal)}`" : "none";

    private static string Allowed(JsonObject option) =>
        option["enum"] is JsonArray names ? string.Join(", ", names.Select(name => $"`{name}`"))
        : option["minimum"] is { } minimum ? $"{minimum} to {option["maximum"]}"
        : option["type"] is JsonArray types ? types[0]!.ToString()
        : option["type"]?.ToString() ?? "JSON";
}
