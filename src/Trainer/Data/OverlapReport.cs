using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Data;

/// <summary>How much of one held-out set is in the training problems, in shares from 0 to 1.</summary>
/// <param name="Questions">Problems whose question is a training question, word for word: 0 by construction.</param>
/// <param name="Equations">Problems with an answer whose solution has the same equations, in order, as a training solution: short solutions repeat by chance.</param>
/// <param name="EquationsByTier">The same by tier.</param>
/// <param name="Masked">Problems whose question is a training question once names, things and numbers are masked.</param>
/// <param name="MaskedNGrams">Share of the masked questions' sequences of <see cref="OverlapReport.Words"/> words that occur in masked training questions, over the set.</param>
/// <param name="Templates">Problems all of whose sentence templates occur in training.</param>
public sealed record SetOverlap(int Problems, double Questions, double Equations, IReadOnlyDictionary<int, double> EquationsByTier, double Masked, double MaskedNGrams, double Templates);

/// <summary>Overlap of the held-out sets with the first problems of the training stream.</summary>
public sealed record OverlapReport(int TrainingProblems, IReadOnlyDictionary<string, SetOverlap> Sets, double CountdownQuestions, double CountdownNumbersAndTarget)
{
    /// <summary>Length of the masked sequences, in words: about half a sentence.</summary>
    public const int Words = 6;

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    /// <param name="countdown">Countdown problems of the training stream.</param>
    public static OverlapReport Of(HeldOutSets heldOut, IEnumerable<WordProblem> training, IEnumerable<CountdownProblem> countdown)
    {
        HashSet<string> questions = [], equations = [], masked = [], grams = [], templates = [];
        int count = 0;
        foreach (var problem in training)
        {
            count++;
            questions.Add(problem.Question);
            equations.Add(Equations(problem));
            string text = MaskedText.Of(problem.Question);
            if (masked.Add(text))
                grams.UnionWith(MaskedText.NGrams(text, Words));
            templates.UnionWith(problem.Templates);
        }
        HashSet<string> countdownQuestions = [], tasks = [];
        foreach (var problem in countdown)
        {
            countdownQuestions.Add(problem.Question);
            tasks.Add(Task(problem));
        }
        return new(
            count,
            new Dictionary<string, SetOverlap> { ["templates"] = Overlap(heldOut.Templates), ["families"] = Overlap(heldOut.Families), ["unknown"] = Overlap(heldOut.Unknown) },
            Share(heldOut.Countdown, p => countdownQuestions.Contains(p.Question)),
            Share(heldOut.Countdown, p => tasks.Contains(Task(p))));

        SetOverlap Overlap(IReadOnlyList<WordProblem> set)
        {
            var answered = set.Where(p => p.Answer is not null).ToList();
            string[] all = [.. set.SelectMany(p => MaskedText.NGrams(MaskedText.Of(p.Question), Words))];
            return new(
                set.Count,
                Share(set, p => questions.Contains(p.Question)),
                Share(answered, p => equations.Contains(Equations(p))),
                answered.GroupBy(p => p.Tier).OrderBy(g => g.Key).ToDictionary(g => g.Key, g => Share([.. g], p => equations.Contains(Equations(p)))),
                Share(set, p => masked.Contains(MaskedText.Of(p.Question))),
                Share(all, grams.Contains),
                Share(set, p => p.Templates.All(templates.Contains)));
        }
    }

    /// <summary>Writes <c>overlap.json</c> and <c>overlap.md</c>.</summary>
    public void Save(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "overlap.json"), JsonSerializer.Serialize(this, Json) + "\n");
        File.WriteAllText(Path.Combine(folder, "overlap.md"), Markdown());
    }

    public string Markdown()
    {
        var text = new StringBuilder();
        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
        Line($"# Overlap of the held-out sets with {TrainingProblems} training problems");
        Line($"");
        Line($"Share of each set, in percent. *Question*: word for word in training. *Equations*: a training solution has the same equations in the same order. *Masked question*: the same once names,");
        Line($"things and numbers are masked. *Masked {Words}-grams*: share of the masked questions' sequences of {Words} words that training questions contain. *Templates*: all sentence templates are trained.");
        Line($"");
        Line($"| set | problems | question | equations | by tier | masked question | masked {Words}-grams | templates |");
        Line($"| --- | --- | --- | --- | --- | --- | --- | --- |");
        foreach (var (name, set) in Sets)
            Line($"| {name} | {set.Problems} | {100 * set.Questions:f1} | {100 * set.Equations:f1} | {string.Join(" ", set.EquationsByTier.Values.Select(v => (100 * v).ToString("f0", CultureInfo.InvariantCulture)))} | {100 * set.Masked:f1} | {100 * set.MaskedNGrams:f1} | {100 * set.Templates:f1} |");
        Line($"");
        Line($"Countdown: {100 * CountdownQuestions:f1} % of the questions and {100 * CountdownNumbersAndTarget:f1} % of the (numbers, target) pairs, in any wording and order, are in training.");
        return text.ToString();
    }

    private static double Share<T>(IReadOnlyCollection<T> items, Func<T, bool> predicate) => items.Count == 0 ? 0 : (double)items.Count(predicate) / items.Count;

    private static string Equations(WordProblem problem) => string.Join(' ', problem.Steps.Select(step => step.Equation));

    private static string Task(CountdownProblem problem) => $"{string.Join(',', problem.Numbers.Order())}={problem.Target}";
}

/// <summary>A question without what its template was filled with.</summary>
internal static partial class MaskedText
{
    private static readonly HashSet<string> Fillers = new(
        Tasks.Words.Names.Concat(Tasks.Words.Roles).Concat(Tasks.Words.Objects.Concat(Tasks.Words.WiderObjects).Concat(Tasks.Words.Containers).SelectMany(noun => (string[])[noun.One, noun.Many])).SelectMany(filler => filler.Split(' ')).Where(word => word != "of"),
        StringComparer.OrdinalIgnoreCase);

    /// <summary>Words and marks separated by spaces; numbers as <c>0</c>, names and things as <c>_</c>.</summary>
    public static string Of(string question) =>
        string.Join(' ', Piece().Matches(question).Select(m => char.IsDigit(m.Value[0]) ? "0" : Fillers.Contains(m.Value) ? "_" : m.Value));

    public static IEnumerable<string> NGrams(string masked, int words)
    {
        string[] pieces = masked.Split(' ');
        for (int i = 0; i + words <= pieces.Length; i++)
            yield return string.Join(' ', pieces, i, words);
    }

    [GeneratedRegex(@"\d+|[A-Za-z]+|[^\sA-Za-z\d]")]
    private static partial Regex Piece();
}
