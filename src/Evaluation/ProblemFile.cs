using System.Globalization;
using System.Text.Json;
using CsvHelper;

namespace InferenceServer.Evaluation;

/// <summary>
/// Reads problems that others have published: JSON lines or a JSON array of {question, answer} (GSM8K's worked answers with "####" included), SVAMP's
/// {Body, Question, Answer}, and CSV with the same columns, MAWPS's placeholders "number0" filled from its column Numbers.
/// </summary>
public static class ProblemFile
{
    /// <param name="path">A .csv is read as CSV, everything else as JSON.</param>
    /// <param name="count">How many problems at most, from the first.</param>
    /// <exception cref="EvaluationException">The file is missing, or something in it is no problem; the message says where.</exception>
    public static IReadOnlyList<Problem> Load(string path, int count)
    {
        try
        {
            IEnumerable<Problem> read = Path.GetExtension(path).Equals(".csv", StringComparison.OrdinalIgnoreCase) ? Csv(path) : StartsArray(path) ? Array(path) : Lines(path);
            List<Problem> problems = [.. read.Take(count)];
            return problems.Count > 0 ? problems : throw new EvaluationException($"{path}: the file holds no problems.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EvaluationException($"Cannot read the problems: {e.Message}", e);
        }
    }

    private static IEnumerable<Problem> Lines(string path) => File.ReadLines(path).Select((line, index) => (line, where: $"{path}, line {index + 1}"))
        .Where(l => !string.IsNullOrWhiteSpace(l.line)).Select(l =>
        {
            using JsonDocument json = Parse(l.line, l.where);
            return Read(json.RootElement, l.where);
        });

    private static IEnumerable<Problem> Array(string path)
    {
        using JsonDocument json = Parse(File.ReadAllText(path), path);
        int index = 0;
        foreach (JsonElement item in json.RootElement.EnumerateArray())
            yield return Read(item, $"{path}, problem {++index}");
    }

    private static JsonDocument Parse(string text, string where)
    {
        try
        {
            return JsonDocument.Parse(text);
        }
        catch (JsonException e)
        {
            throw new EvaluationException($"{where}: this is no JSON: {e.Message}", e);
        }
    }

    private static Problem Read(JsonElement json, string where)
    {
        if (Text(json, "question") is not { } question || Text(json, "answer") is not { } answer)
            throw new EvaluationException($"{where}: expected {{\"question\": \"...\", \"answer\": \"...\"}}, or with \"Body\" as in SVAMP.");
        return Make(Text(json, "body"), question, answer) with
        {
            Family = Text(json, "family"),
            Numbers = Field(json, "numbers") is { ValueKind: JsonValueKind.Array } numbers && json.TryGetProperty("fewest_operations", out _) ? [.. numbers.EnumerateArray().Select(n => n.GetInt32())] : null,
            FewestOperations = Field(json, "fewest_operations") is { ValueKind: JsonValueKind.Number } fewest ? fewest.GetInt32() : 0,
        };
    }

    private static IEnumerable<Problem> Csv(string path)
    {
        using var csv = new CsvReader(new StreamReader(path), CultureInfo.InvariantCulture);
        if (!csv.Read() || !csv.ReadHeader())
            yield break;
        string Column(string name) => csv.HeaderRecord!.FirstOrDefault(column => column.Trim().Equals(name, StringComparison.OrdinalIgnoreCase)) is { } found ? csv.GetField(found) ?? "" : "";
        while (csv.Read())
        {
            if (Column("question") is not { Length: > 0 } question || Column("answer") is not { Length: > 0 } answer)
                throw new EvaluationException($"{path}, row {csv.Parser.Row}: expected columns Question and Answer that are not empty.");
            string body = Column("body");
            string[] numbers = Column("numbers").Split(' ', StringSplitOptions.RemoveEmptyEntries);
            (body, question) = (Fill(body), Fill(question));
            yield return Make(body.Length > 0 && !question.StartsWith(body, StringComparison.Ordinal) ? body : null, question, answer);

            string Fill(string text)
            {
                // From the highest index, so that number1 is not found inside number10.
                for (int i = numbers.Length - 1; i >= 0; i--)
                    text = text.Replace($"number{i}", numbers[i], StringComparison.Ordinal);
                return text;
            }
        }
    }

    /// <summary>Of a worked answer what follows the last "####" counts.</summary>
    private static Problem Make(string? body, string question, string answer)
    {
        int mark = answer.LastIndexOf("####", StringComparison.Ordinal);
        string context = body is null ? "" : body.TrimEnd() is var told && told.EndsWith('.') ? told + " " : told + ". ";
        return new(context + question, (mark >= 0 ? answer[(mark + 4)..] : answer).Trim());
    }

    private static string? Text(JsonElement json, string name) =>
        Field(json, name) is { ValueKind: JsonValueKind.String or JsonValueKind.Number } value ? value.ToString() : null;

    private static JsonElement? Field(JsonElement json, string name)
    {
        if (json.ValueKind == JsonValueKind.Object)
            foreach (JsonProperty property in json.EnumerateObject())
                if (property.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                    return property.Value;
        return null;
    }

    private static bool StartsArray(string path)
    {
        using var reader = new StreamReader(path);
        int next;
        while ((next = reader.Read()) >= 0 && char.IsWhiteSpace((char)next)) { }
        return next == '[';
    }
}
