using InferenceServer.Trainer.Recipes;

namespace InferenceServer.Trainer.Stages;

/// <summary>Shows the training stream as the model reads it.</summary>
public static class DataStage
{
    /// <summary>Examples from where all tiers occur, then, once the tokenizer is there, how many of each kind there are and their lengths.</summary>
    /// <param name="kind">Only examples of this format, or of countdown; null for the mixture.</param>
    /// <exception cref="RecipeException">There is no such format in the recipe.</exception>
    public static void Print(RecipeRun run, int count, string? kind, TextWriter output)
    {
        var stream = run.TrainingStream;
        if (kind is not null && !stream.Kinds.Contains(kind))
            throw new RecipeException($"--format {kind}: the recipe has {string.Join(", ", stream.Kinds)}.");
        long start = run.Recipe.Training.Steps * run.Recipe.Training.BatchSize / 2;
        foreach (var example in kind is null ? stream.Examples(start, count) : stream.Examples(kind, start, count))
            output.WriteLine($"--- {example.Kind}\n{example.Text.Prompt}[[{example.Text.Target}]]\n");
        if (!File.Exists(run.TokenizerPath))
            return;
        const int Measured = 5000;
        var lengths = stream.Examples(start, Measured).Select(e => (e.Kind, Sequence: run.Sequence(e.Text))).ToLookup(e => e.Kind, e => e.Sequence);
        output.WriteLine($"{"format",-10} {"share",6} {"tokens",7} {"learned",8} {"longest",8}");
        foreach (var group in lengths.OrderBy(g => g.Key, StringComparer.Ordinal))
            output.WriteLine(FormattableString.Invariant($"{group.Key,-10} {100.0 * group.Count() / Measured,5:f1}% {group.Average(s => s.Ids.Length),7:f1} {group.Average(s => s.Ids.Length - s.PromptLength),8:f1} {group.Max(s => s.Ids.Length),8}"));
        var all = lengths.SelectMany(g => g).ToList();
        output.WriteLine(FormattableString.Invariant($"{"all",-10} {100,5:f1}% {all.Average(s => s.Ids.Length),7:f1} {all.Average(s => s.Ids.Length - s.PromptLength),8:f1} {all.Max(s => s.Ids.Length),8}"));
    }
}
