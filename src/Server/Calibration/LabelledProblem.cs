using System.Text.Json;

namespace InferenceServer.Server.Calibration;

/// <summary>A question with its right answer; null when it has none and should not be answered.</summary>
public sealed record LabelledProblem(string Question, string? Answer)
{
    /// <summary>JSON lines of <c>{"question", "answer"}</c>; an answer may be a string, a number, or null for a question that has none; of a worked answer as in GSM8K what follows the last
    /// <c>####</c> counts.</summary>
    /// <exception cref="FormatException">A line is no problem; the message names it.</exception>
    public static IReadOnlyList<LabelledProblem> Read(IEnumerable<string> lines) =>
        [.. lines.Select((line, index) => (Line: line, Number: index + 1)).Where(line => !string.IsNullOrWhiteSpace(line.Line)).Select(line => Parse(line.Line, line.Number))];

    /// <summary>An answer as files spell it, without the work that leads to it.</summary>
    public static string Final(string answer)
    {
        int mark = answer.LastIndexOf("####", StringComparison.Ordinal);
        return (mark >= 0 ? answer[(mark + 4)..] : answer).Trim();
    }

    private static LabelledProblem Parse(string line, int number)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            if (json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("question", out JsonElement question) && question.ValueKind == JsonValueKind.String
                && json.RootElement.TryGetProperty("answer", out JsonElement answer) && answer.ValueKind is JsonValueKind.String or JsonValueKind.Number or JsonValueKind.Null)
                return new(question.GetString()!, answer.ValueKind == JsonValueKind.Null ? null : Final(answer.ToString()));
        }
        catch (JsonException e)
        {
            throw new FormatException($"Line {number} is no JSON: {e.Message}", e);
        }
        throw new FormatException($"Line {number} is not {{\"question\": \"...\", \"answer\": \"...\"}}; the answer is null where there is none.");
    }
}
