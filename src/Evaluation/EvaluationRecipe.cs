using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json;
using InferenceServer.Plugins;

namespace InferenceServer.Evaluation;

/// <summary>What is measured on what: the command line makes one, or a file under <c>recipes/</c> holds it.</summary>
public sealed record EvaluationRecipe
{
    [Description("Model folder.")]
    public required string Model { get; init; }

    [Description("JSON lines with question and answer; without it problems are generated.")]
    public string? Problems { get; init; }

    [Description("Seed of generated problems; keep it apart from the seeds of training.")]
    [Range(0, int.MaxValue)]
    public int ProblemSeed { get; init; } = 2;

    [Description("How many problems, from the first.")]
    [Range(1, 100_000)]
    public int Count { get; init; } = 200;

    [Description("Tokens of one completion at most.")]
    [Range(1, 1_000_000)]
    public int MaxTokens { get; init; } = 256;

    [Description("Seed of the sampling; every plan uses the same random streams on the same problem.")]
    [Range(0, int.MaxValue)]
    public int Seed { get; init; } = 1;

    [Description("Problems in flight at once; 0 fills the engine's rows.")]
    [Range(0, 4096)]
    public int Parallel { get; init; }

    [Description("Threads of the engine; 0 takes every processor.")]
    [Range(0, 1024)]
    public int Threads { get; init; }

    [Description("Rows of the engine.")]
    [Range(1, 1024)]
    public int Slots { get; init; } = 64;

    [Description("What to measure; the others are compared with the first.")]
    public required IReadOnlyList<EvaluationPlan> Plans { get; init; }

    [Description("Where finished problems are kept, so that an interrupted run goes on; a temporary file unless given.")]
    public string? Journal { get; init; }

    [Description("Reports to write: .md or .json.")]
    public IReadOnlyList<string> Outputs { get; init; } = [];

    /// <exception cref="EvaluationException">The file is missing, no JSON, or holds something unknown; the message carries the JSON path.</exception>
    public static EvaluationRecipe Load(string path)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            if (json.RootElement.ValueKind != JsonValueKind.Object)
                throw new EvaluationException($"{path}: expected an object.");
            return (EvaluationRecipe)new PluginJson(new PluginCatalog(Array.Empty<Assembly>())).BindOptions(typeof(EvaluationRecipe), json.RootElement, "");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or PluginOptionsException)
        {
            throw new EvaluationException($"{path}: {e.Message}", e);
        }
    }
}

/// <summary>One row of the report.</summary>
public sealed record EvaluationPlan
{
    [Description("What the report calls it.")]
    public required string Name { get; init; }

    [Description("The strategies, outermost first, as in a request; none is plain sampling.")]
    public JsonElement? Strategies { get; init; }

    [Description("0 is greedy.")]
    [Range(0.0, 2.0)]
    public double Temperature { get; init; } = 0.8;

    [Description("Keep the smallest set of tokens with this probability.")]
    [Range(0.01, 1.0)]
    public double TopP { get; init; } = 1;

    [Description("Independent answers to each problem: more than one gives pass@k, and accuracy becomes their mean.")]
    [Range(1, 256)]
    public int Samples { get; init; } = 1;
}
