using System.Text.Json;
using System.Text.Json.Serialization;
using InferenceServer.Evaluation.Claims;
using InferenceServer.Trainer.Evaluating;

namespace InferenceServer.Evaluation.Reports;

/// <summary>A whole run's figures with what is needed to get them again.</summary>
/// <param name="Command">What was typed.</param>
/// <param name="Date">When it ended.</param>
/// <param name="Machine">Where it ran.</param>
/// <param name="Model">Folder of the model, or where its server is.</param>
/// <param name="RewardModel">Folder of the separate reward model.</param>
/// <param name="Problems">The plans' problems.</param>
/// <param name="Count">How many.</param>
/// <param name="MaxTokens">Limit of one completion.</param>
/// <param name="Seed">Of the sampling.</param>
/// <param name="Plans">The first is the baseline.</param>
/// <param name="Claims">What each claim came to.</param>
public sealed record EvaluationReport(
    string Command, DateOnly Date, string Machine, string Model, string? RewardModel, string Problems, int Count, int MaxTokens, int Seed,
    IReadOnlyList<PlanReport> Plans, IReadOnlyList<ClaimSection> Claims)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The part of a README that quotes the overview of the claims.</summary>
    internal static readonly PageBlock ReadmeBlock = new("results");

    /// <summary>Pages with other results, to be linked.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Beside { get; init; } = [];

    public string ToJson() => JsonSerializer.Serialize(this, Json) + "\n";

    /// <summary>Writes each file in the form that its name's ending asks for, and the pictures.</summary>
    /// <param name="paths">Reports.</param>
    /// <param name="figures">Folder of the pictures; beside the first .md, in figures, when null.</param>
    /// <param name="readme">A page with a block for the overview; null for none.</param>
    /// <exception cref="EvaluationException">An ending is unknown, or a file cannot be written.</exception>
    public void Save(IReadOnlyList<string> paths, string? figures = null, string? readme = null)
    {
        try
        {
            string? page = paths.FirstOrDefault(path => Path.GetExtension(path) == ".md");
            figures ??= page is null ? null : Path.Combine(Path.GetDirectoryName(Path.GetFullPath(page))!, "figures");
            foreach (string path in paths)
            {
                string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
                Directory.CreateDirectory(folder);
                File.WriteAllText(path, Path.GetExtension(path) switch
                {
                    ".md" => MarkdownReport.Write(this, figures is null ? "" : Path.GetRelativePath(folder, figures).Replace('\\', '/')),
                    ".json" => ToJson(),
                    _ => throw UnknownEnding(path),
                });
            }
            foreach (ClaimFigure figure in figures is null ? [] : Claims.SelectMany(claim => claim.Report.Figures))
            {
                Directory.CreateDirectory(figures!);
                File.WriteAllText(Path.Combine(figures!, figure.File), figure.Svg);
            }
            if (readme is not null && Claims.Count > 0)
                ReadmeBlock.Replace(readme, MarkdownReport.Overview(this));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EvaluationException($"Cannot write the report: {e.Message}", e);
        }
    }

    /// <summary>Finds a wrong ending before an hour of measuring rather than after it.</summary>
    public static void CheckEndings(IEnumerable<string> paths)
    {
        foreach (string path in paths)
            if (Path.GetExtension(path) is not (".md" or ".json"))
                throw UnknownEnding(path);
    }

    private static EvaluationException UnknownEnding(string path) => new($"The report {path} should end in .md or .json.");
}

/// <summary>A claim with what it came to and what that cost.</summary>
/// <param name="Tokens">Computed beyond prompts, those found in the journal included.</param>
/// <param name="Seconds">Wall time of this run alone.</param>
public sealed record ClaimSection(string Name, string Summary, string? Paper, long Tokens, double Seconds, [property: JsonIgnore] ClaimReport Report)
{
    public IReadOnlyList<string> Text => Report.Text;
    public IReadOnlyDictionary<string, Trainer.Statistics.Interval> Measures => Report.Measures;
    public IReadOnlyList<ClaimTable> Tables => Report.Tables;
}
