using InferenceServer.Trainer.Evaluating;
using InferenceServer.Trainer.Figures;
using InferenceServer.Trainer.Recipes;

namespace InferenceServer.Trainer.Stages;

/// <summary>Draws what was measured, and has a model card quote it.</summary>
public static class FiguresStage
{
    /// <summary>The block of a model card that quotes the evaluation.</summary>
    public const string CardBlock = "evaluation";

    /// <param name="from">Folder with <c>evaluation.json</c> and, for a learning curve, <c>training.jsonl</c>.</param>
    /// <param name="folder">Where the pictures go.</param>
    /// <param name="set">The set of problems that they show.</param>
    /// <param name="card">A page whose block <c>evaluation</c> is to quote the set's tables; null for none.</param>
    /// <exception cref="RecipeException">There is no evaluation, or none of that set.</exception>
    /// <exception cref="PageBlockException">The card is missing or has no such block.</exception>
    public static void Run(string from, string folder, string set, string? card = null)
    {
        string evaluation = Path.Combine(from, "evaluation.json"), log = Path.Combine(from, "training.jsonl");
        if (!File.Exists(evaluation))
            throw new RecipeException($"{evaluation} is missing: run the evaluate stage first, or name the folder with --from.");
        var report = PolicyReport.Load(evaluation);
        if (!report.Sets.ContainsKey(set))
            throw new RecipeException($"{evaluation}: there is no set '{set}'; there are {string.Join(", ", report.Sets.Keys)}.");
        Directory.CreateDirectory(folder);
        foreach (var (name, picture) in EvaluationFigures.Of(report, File.Exists(log) ? File.ReadLines(log) : [], set))
            File.WriteAllText(Path.Combine(folder, name), picture);
        if (card is not null)
            new PageBlock(CardBlock).Replace(card, report.Markdown(set));
    }
}
