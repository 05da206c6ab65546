using System.Text.Json;

namespace InferenceServer.Evaluation.Reports;

/// <summary>A whole run's figures with what is needed to get them again.</summary>
/// <param name="Command">What was typed.</param>
/// <param name="Date">When it ended.</param>
/// <param name="Machine">Where it ran.</param>
/// <param name="Model">Folder of the model.</param>
/// <param name="Problems">Which problems.</param>
/// <param name="Count">How many.</param>
/// <param name="MaxTokens">Limit of one completion.</param>
/// <param name="Seed">Of the sampling.</param>
/// <param name="Plans">The first is the baseline.</param>
public sealed record EvaluationReport(
    string Command, DateOnly Date, string Machine, string Model, string Problems, int Count, int MaxTokens, int Seed, IReadOnlyList<PlanReport> Plans)
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    public string ToJson() => JsonSerializer.Serialize(this, Json) + "\n";

    /// <summary>Writes each file in the form that its name's ending asks for.</summary>
    /// <exception cref="EvaluationException">An ending is unknown, or a file cannot be written.</exception>
    public void Save(IEnumerable<string> paths)
    {
        foreach (string path in paths)
        {
            string text = Path.GetExtension(path) switch
            {
                ".md" => MarkdownReport.Write(this),
                ".json" => ToJson(),
                _ => throw UnknownEnding(path),
            };
            try
            {
                if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
                    Directory.CreateDirectory(folder);
                File.WriteAllText(path, text);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new EvaluationException($"Cannot write the report: {e.Message}", e);
            }
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
