using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using InferenceServer.Trainer.Recipes;
using InferenceServer.Trainer.Tasks;
using Microsoft.VisualBasic.FileIO;

namespace InferenceServer.Trainer.Effects;

/// <summary>
/// Word problems that other people wrote, from files in the form in which they are published. Only those whose answer is a whole number: no other can be written by a model
/// trained here. They have no worked solution and no tier.
/// </summary>
public static partial class OtherProblems
{
    /// <summary>GSM8K's JSON lines: <c>question</c>, and <c>answer</c> whose last line is <c>#### 72</c> (Cobbe et al., arXiv:2110.14168).</summary>
    /// <exception cref="RecipeException">The file cannot be read or has another form; the message names the line.</exception>
    public static IReadOnlyList<WordProblem> ReadGsm8k(string path)
    {
        List<WordProblem> problems = [];
        int number = 0;
        foreach (string line in Read(path, () => File.ReadAllLines(path)).Where(line => line.Length > 0))
        {
            number++;
            try
            {
                using var json = JsonDocument.Parse(line);
                string solution = json.RootElement.GetProperty("answer").GetString()!;
                Add(problems, "gsm8k", json.RootElement.GetProperty("question").GetString()!, solution[(solution.LastIndexOf('#') + 1)..].Replace(",", ""));
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
            {
                throw new RecipeException($"{path}: line {number} is not of the form {{\"question\": ..., \"answer\": ...}}: {e.Message}", e);
            }
        }
        return problems;
    }

    /// <summary>
    /// MAWPS as SVAMP's authors publish it (Koncel-Kedziorski et al. 2016): a CSV file with columns <c>Question</c>, where numbers are <c>number0</c> and so on, <c>Numbers</c> and <c>Answer</c>.
    /// </summary>
    /// <inheritdoc cref="ReadGsm8k"/>
    public static IReadOnlyList<WordProblem> ReadMawps(string path) => Read<IReadOnlyList<WordProblem>>(path, () =>
    {
        using var parser = new TextFieldParser(path) { Delimiters = [","], HasFieldsEnclosedInQuotes = true };
        string[] header = parser.ReadFields() ?? [];
        int question = Column("Question"), numbers = Column("Numbers"), answer = Column("Answer");
        List<WordProblem> problems = [];
        while (parser.ReadFields() is { } fields)
        {
            if (fields.Length != header.Length)
                throw new RecipeException($"{path}: line {parser.LineNumber} has {fields.Length} columns and the header {header.Length}.");
            string[] values = [.. fields[numbers].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(value => value.EndsWith(".0", StringComparison.Ordinal) ? value[..^2] : value)];
            string text = NumberSlot().Replace(fields[question], slot => int.Parse(slot.Groups[1].Value, CultureInfo.InvariantCulture) is var i && i < values.Length ? values[i] : slot.Value);
            // The file has its words apart from its marks.
            Add(problems, "mawps", SpaceBeforeMark().Replace(text, "$1"), fields[answer]);
        }
        return problems;

        int Column(string name) => Array.IndexOf(header, name) is >= 0 and var column ? column : throw new RecipeException($"{path}: the header has no column '{name}'.");
    });

    private static void Add(List<WordProblem> problems, string family, string question, string answer)
    {
        if (double.TryParse(answer, CultureInfo.InvariantCulture, out double value) && value >= 0 && value <= int.MaxValue && double.IsInteger(value))
            problems.Add(new(family, 0, string.Join(' ', question.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)), [], (int)value));
    }

    private static T Read<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or MalformedLineException)
        {
            throw new RecipeException($"{path}: cannot read the problems: {e.Message}", e);
        }
    }

    [GeneratedRegex(@"number(\d+)")]
    private static partial Regex NumberSlot();

    [GeneratedRegex(@" ([.,?!])")]
    private static partial Regex SpaceBeforeMark();
}
