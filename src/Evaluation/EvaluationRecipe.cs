using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using InferenceServer.Evaluation.Measuring;
using InferenceServer.Plugins;

namespace InferenceServer.Evaluation;

/// <summary>What is measured on what: the command line makes one, or a file under <c>recipes/</c> holds it.</summary>
public sealed record EvaluationRecipe
{
    [Description("Model folder; with url, the name of the server's model, or empty for the only one. Claims by simulation need none.")]
    public string Model { get; init; } = "";

    [Description("Address of a server that speaks OpenAI's API, to measure in place of a model in this process.")]
    public string? Url { get; init; }

    [Description("Folder of a separate reward model, called \"reward\" in plans.")]
    public string? RewardModel { get; init; }

    [Description("File with a handbook, named like the file in plans; without it the handbook \"task\" holds the hints of the task's training problems.")]
    public string? Handbook { get; init; }

    [Description("Problems of the plans: JSON lines, a JSON array or CSV with question and answer; without it problems are generated.")]
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

    [Description("Plans to measure side by side; the others are compared with the first.")]
    public IReadOnlyList<EvaluationPlan> Plans { get; init; } = [];

    [Description("Claims to measure, each {\"name\": ..., options}.")]
    public IReadOnlyList<JsonElement> Claims { get; init; } = [];

    [Description("Folder for the claims' pictures; beside the first .md output, in figures, unless given.")]
    public string? Figures { get; init; }

    [Description("A page whose block between <!-- results:begin --> and <!-- results:end --> is replaced by the overview of the claims.")]
    public string? Readme { get; init; }

    [Description("Pages with other results, linked below the overview as they are written here.")]
    public IReadOnlyList<string> Beside { get; init; } = [];

    [Description("Where finished problems are kept, so that an interrupted run goes on; a temporary file unless given.")]
    public string? Journal { get; init; }

    [Description("Reports to write: .md or .json.")]
    public IReadOnlyList<string> Outputs { get; init; } = [];

    /// <summary>The same with some of the claims or fewer problems, writing nothing.</summary>
    /// <param name="names">Claims to keep; all when empty.</param>
    /// <param name="most">Problems of each claim at most.</param>
    /// <exception cref="EvaluationException">The recipe has no such claim.</exception>
    public EvaluationRecipe FirstLook(IReadOnlyList<string> names, int? most)
    {
        string Name(JsonElement claim) => claim.ValueKind == JsonValueKind.Object && claim.TryGetProperty("name", out JsonElement name) ? name.ToString() : "";
        if (names.FirstOrDefault(name => !Claims.Any(claim => Name(claim) == name)) is { } unknown)
            throw new EvaluationException($"--claim {unknown}: the recipe has {string.Join(", ", Claims.Select(Name))}.");
        JsonElement[] claims = [.. Claims.Where(claim => names.Count == 0 || names.Contains(Name(claim)))];
        return this with { Plans = names.Count > 0 ? [] : Plans, Outputs = [], Readme = null, Claims = most is not int limit ? claims : [.. claims.Select(claim => Limited(claim, limit))] };

        static JsonElement Limited(JsonElement claim, int limit)
        {
            var limited = JsonNode.Parse(claim.GetRawText())!.AsObject();
            (limited["count"], limited["validation"]) = (limit, limit);
            return JsonSerializer.SerializeToElement(limited);
        }
    }

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

    [Description("The verifiers of each request, as in a request; {\"reference\": \"{answer}\"} gives them the expected answer, which makes the plan an oracle.")]
    public JsonElement? Verifiers { get; init; }

    [Description("Independent answers to each problem: more than one gives pass@k, and accuracy becomes their mean.")]
    [Range(1, 256)]
    public int Samples { get; init; } = 1;

    /// <summary>The plan as an arm; its names are checked when it is run.</summary>
    /// <param name="path">Where it stands in the recipe.</param>
    /// <exception cref="InferenceServer.Strategies.StrategyPlanException">Strategies or verifiers are no arrays.</exception>
    internal Arm ToArm(string path)
    {
        if (Strategies is { ValueKind: not JsonValueKind.Array })
            throw new InferenceServer.Strategies.StrategyPlanException($"{path}.strategies", "expected an array of objects such as {\"name\": \"best_of_n\", \"n\": 8}.");
        if (Verifiers is { ValueKind: not JsonValueKind.Array })
            throw new InferenceServer.Strategies.StrategyPlanException($"{path}.verifiers", "expected an array of objects such as {\"name\": \"step_arithmetic\"}.");
        string verifiers = Verifiers is { } given ? given.GetRawText() : "[]";
        return new(Name, Strategies is { } json ? json.GetRawText() : "[]")
        {
            Temperature = Temperature,
            TopP = TopP,
            Samples = Samples,
            Verifiers = problem => verifiers.Replace("\"{answer}\"", JsonSerializer.Serialize(problem.Answer), StringComparison.Ordinal),
        };
    }
}
