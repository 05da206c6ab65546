using System.Globalization;
using System.Text.Json;
using InferenceServer.Trainer.Data;
using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Evaluation;

/// <summary>A question with its expected answer.</summary>
public sealed record Problem(string Question, string Answer)
{
    /// <summary>The first <paramref name="count"/> different problems of the trainer's generator for a seed.</summary>
    public static IReadOnlyList<Problem> Generate(int seed, int count) =>
        [.. HeldOutSets.Distinct(new WordProblemTask((ulong)seed, Split.HeldOutTemplates), count).Select(p => new Problem(p.Question, p.Answer?.ToString(CultureInfo.InvariantCulture) ?? WordProblem.Unknown))];

    /// <summary>
    /// Reads JSON lines with "question" and "answer" (a string or a number); of a worked answer as in GSM8K what follows the last "####" counts.
    /// </summary>
    /// <exception cref="EvaluationException">The file is missing, or a line is no problem; the message names the line.</exception>
    public static IReadOnlyList<Problem> Load(string path, int count)
    {
        try
        {
            var problems = File.ReadLines(path).Select((line, index) => (line, number: index + 1)).Where(l => !string.IsNullOrWhiteSpace(l.line))
                .Take(count).Select(l => Parse(l.line, $"{path}, line {l.number}")).ToList();
            return problems.Count > 0 ? problems : throw new EvaluationException($"{path}: the file holds no problems.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EvaluationException($"Cannot read the problems: {e.Message}", e);
        }
    }

    private static Problem Parse(string line, string where)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            if (json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.TryGetProperty("question", out JsonElement question) && question.ValueKind == JsonValueKind.String
                && json.RootElement.TryGetProperty("answer", out JsonElement answer) && answer.ValueKind is JsonValueKind.String or JsonValueKind.Number)
            {
                string text = answer.ToString();
                int mark = text.LastIndexOf("####", StringComparison.Ordinal);
                return new Problem(question.GetString()!, (mark >= 0 ? text[(mark + 4)..] : text).Trim());
            }
        }
        catch (JsonException e)
        {
            throw new EvaluationException($"{where}: this is no JSON: {e.Message}", e);
        }
        throw new EvaluationException($"{where}: expected {{\"question\": \"...\", \"answer\": \"...\"}}.");
    }
}
