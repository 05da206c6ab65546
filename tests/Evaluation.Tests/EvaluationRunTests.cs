using System.Text.Json;
using InferenceServer.Evaluation.Reports;
using InferenceServer.Modeling;
using InferenceServer.Shared;
using Spectre.Console;

namespace InferenceServer.Evaluation.Tests;

public class EvaluationRunTests
{
    private static readonly IAnsiConsole Console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(new StringWriter()), Ansi = AnsiSupport.No });

    /// <summary>A folder with a tiny model of random weights.</summary>
    internal static void WriteModel(string path, bool valueHead = true)
    {
        Directory.CreateDirectory(path);
        var config = new ModelConfig
        {
            VocabSize = 512,
            HiddenSize = 32,
            IntermediateSize = 32,
            Layers = 1,
            Heads = 1,
            ContextLength = 1536,
            ValueHeadSize = valueHead ? 8 : null,
            TiedEmbeddings = true,
            EosTokenIds = [0],
        };
        config.Save(Path.Combine(path, "config.json"));
        TinyTokenizer.Write(Path.Combine(path, "tokenizer.json"));
        SafeTensorsWriter.Write(Path.Combine(path, "model.safetensors"), ModelLayout.For(config), new RandomWeights(1));
    }

    private static EvaluationRecipe Recipe(string model, params string[] plans) => new()
    {
        Model = model,
        Count = 3,
        MaxTokens = 8,
        Threads = 1,
        Slots = 8,
        Plans = [.. plans.Select((plan, i) => new EvaluationPlan { Name = $"plan {i}", Strategies = JsonDocument.Parse(plan).RootElement, Samples = i == 0 ? 2 : 1 })],
    };

    private static Task<EvaluationReport> RunAsync(EvaluationRecipe recipe) => EvaluationRun.RunAsync(recipe, "evaluation run", Console, TimeProvider.System);

    [Fact]
    public async Task RunAsync_ModelFolder_ReportsEveryPlanInEveryForm()
    {
        using var folder = new TemporaryFolder();
        WriteModel(folder.Path);
        EvaluationReport report = await RunAsync(Recipe(folder.Path, "[]", """[{"name":"best_of_n","n":3,"select":"process_reward"}]"""));
        Assert.Equal(["plan 0", "plan 1"], report.Plans.Select(p => p.Name));
        Assert.Equal((16, 0), (report.Plans[0].AnswerTokens, report.Plans[0].OtherTokens));
        Assert.Equal((8, 16), (report.Plans[1].AnswerTokens, report.Plans[1].OtherTokens));

        report.Save([folder.File("reports/results.md"), folder.File("reports/results.json")]);
        string page = File.ReadAllText(folder.File("reports/results.md"));
        Assert.Contains("evaluation run", page, StringComparison.Ordinal);
        Assert.Contains("| plan 1 | 0.0 % (0.0 to 56.1) | 0.0 (0.0 to 0.0) |  | ", page, StringComparison.Ordinal);
        Assert.Contains("| 2 | 0.0 % (0.0 to 0.0) |", page, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(File.ReadAllText(folder.File("reports/results.json")));
        Assert.Equal(16, json.RootElement.GetProperty("plans")[1].GetProperty("other_tokens").GetDouble());

        var text = new StringWriter();
        ConsoleReport.Write(AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(text), Ansi = AnsiSupport.No }), report);
        Assert.Contains("plan 1", text.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_BadRecipe_SaysWhatIsWrongBeforeMeasuring()
    {
        using var folder = new TemporaryFolder();
        await Assert.ThrowsAsync<EvaluationException>(() => RunAsync(Recipe(folder.Path)));
        await Assert.ThrowsAsync<EvaluationException>(() => RunAsync(Recipe(folder.Path, "[]") with { Outputs = ["results.pdf"] }));
        await Assert.ThrowsAsync<EvaluationException>(() => RunAsync(Recipe(folder.Path, "[]") with { Seed = -1 }));
        await Assert.ThrowsAsync<EvaluationException>(() => RunAsync(Recipe(folder.Path, "[]") with { Plans = [new() { Name = "hot", Temperature = 9 }] }));
        await Assert.ThrowsAsync<ModelFormatException>(() => RunAsync(Recipe(folder.Path, "[]")));
        var error = await Assert.ThrowsAsync<Strategies.StrategyPlanException>(() => RunAsync(Recipe(folder.Path, "[]", """[{"name":"best_of_n","n":0}]""")));
        Assert.Equal("plans[1].strategies[0].n", error.Path);
    }

    [Fact]
    public async Task RunAsync_OnePlanCannotRunOnThisModel_SaysSoBeforeMeasuringTheOthers()
    {
        using var folder = new TemporaryFolder();
        WriteModel(folder.Path, valueHead: false);
        EvaluationRecipe recipe = Recipe(folder.Path, "[]", """[{"name":"plain"},{"name":"best_of_n","select":"process_reward"}]""") with { Journal = folder.File("journal.jsonl") };
        var error = await Assert.ThrowsAsync<Strategies.StrategyPlanException>(() => RunAsync(recipe));
        Assert.Equal("plans[1].strategies[1].select", error.Path);
        Assert.Empty(File.ReadAllText(recipe.Journal!));
    }
}
