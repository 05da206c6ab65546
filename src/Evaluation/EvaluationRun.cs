using System.ComponentModel.DataAnnotations;
using InferenceServer.Evaluation.Measuring;
using InferenceServer.Evaluation.Reports;
using InferenceServer.Strategies;
using Spectre.Console;
using ValidationResult = System.ComponentModel.DataAnnotations.ValidationResult;

namespace InferenceServer.Evaluation;

/// <summary>Carries out a recipe: every plan on every problem, with a progress bar, then the report.</summary>
public static class EvaluationRun
{
    /// <param name="recipe">What to measure.</param>
    /// <param name="command">What was typed, for the report.</param>
    /// <param name="console">Shows progress.</param>
    /// <param name="time">Tells the date.</param>
    /// <param name="cancellationToken">Stops; what is finished stays in the journal.</param>
    /// <exception cref="EvaluationException">Something in the recipe is wrong.</exception>
    /// <exception cref="StrategyPlanException">A plan is wrong, or cannot run on this model.</exception>
    /// <exception cref="Modeling.ModelFormatException">The folder is no model.</exception>
    public static async Task<EvaluationReport> RunAsync(
        EvaluationRecipe recipe, string command, IAnsiConsole console, TimeProvider time, CancellationToken cancellationToken)
    {
        CheckRanges(recipe);
        EvaluationReport.CheckEndings(recipe.Outputs);
        StrategyCatalog catalog = StrategyCatalog.BuiltIn;
        if (recipe.Plans.Count == 0)
            throw new EvaluationException("plans: there is nothing to measure; name at least one.");
        IReadOnlyList<StrategyOptions>[] strategies = [.. recipe.Plans.Select((plan, i) =>
            plan.Strategies is { } json ? catalog.Bind(json, $"plans[{i}].strategies") : [])];
        IReadOnlyList<Problem> problems = recipe.Problems is { } file ? Problem.Load(file, recipe.Count) : Problem.Generate(recipe.ProblemSeed, recipe.Count);
        await using EvaluatedModel model = EvaluatedModel.Load(recipe.Model, recipe.Slots, recipe.Threads);
        using Journal journal = recipe.Journal is { } path ? new Journal(path) : new Journal();
        var measurement = new PlanMeasurement(model.Model, model.Fingerprint, model.Encode, catalog, journal, time);

        for (int i = 0; i < strategies.Length; i++)
            measurement.Check(recipe.Plans[i], strategies[i], recipe, $"plans[{i}]");

        var plans = new List<PlanReport>();
        ProblemOutcome[]? baseline = null;
        await console.Progress().AutoClear(false).HideCompleted(false)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(async progress =>
            {
                ProgressTask[] bars = [.. recipe.Plans.Select(plan => progress.AddTask(Markup.Escape(plan.Name), autoStart: false, maxValue: problems.Count))];
                for (int i = 0; i < recipe.Plans.Count; i++)
                {
                    bars[i].StartTask();
                    ProblemOutcome[] outcomes = await measurement.RunAsync(
                        recipe.Plans[i], strategies[i], problems, recipe, () => bars[i].Increment(1), cancellationToken);
                    plans.Add(PlanReport.Of(recipe.Plans[i], catalog.ToJson(strategies[i]).ToJsonString(), outcomes, baseline));
                    baseline ??= outcomes;
                }
            });
        string source = recipe.Problems is { } name ? $"from `{Path.GetFileName(name)}`" : $"generated with seed {recipe.ProblemSeed}";
        return new EvaluationReport(
            command, DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime), Machine.Describe(), recipe.Model, source,
            problems.Count, recipe.MaxTokens, recipe.Seed, plans);
    }

    /// <summary>A recipe from the command line has not been through the binder.</summary>
    private static void CheckRanges(EvaluationRecipe recipe)
    {
        var mistakes = new List<ValidationResult>();
        foreach (object part in recipe.Plans.Prepend<object>(recipe))
            if (!Validator.TryValidateObject(part, new ValidationContext(part), mistakes, validateAllProperties: true))
                throw new EvaluationException(mistakes[0].ErrorMessage ?? "The recipe is out of range.");
    }
}
