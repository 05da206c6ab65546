using System.ComponentModel.DataAnnotations;
using System.Diagnostics;
using InferenceServer.Evaluation.Claims;
using InferenceServer.Evaluation.Measuring;
using InferenceServer.Evaluation.Reports;
using InferenceServer.Strategies;
using InferenceServer.Strategies.Handbooks;
using InferenceServer.Trainer.Evaluating;
using Spectre.Console;
using ValidationResult = System.ComponentModel.DataAnnotations.ValidationResult;

namespace InferenceServer.Evaluation;

/// <summary>Carries out a recipe: every plan on every problem, every claim, with progress bars, then the report.</summary>
public static class EvaluationRun
{
    /// <param name="recipe">What to measure.</param>
    /// <param name="command">What was typed, for the report.</param>
    /// <param name="console">Shows costs and progress.</param>
    /// <param name="time">Tells the date.</param>
    /// <param name="apiKey">For a server; null for none.</param>
    /// <param name="cancellationToken">Stops; what is finished stays in the journal.</param>
    /// <exception cref="EvaluationException">Something in the recipe is wrong, or the target failed.</exception>
    /// <exception cref="PageBlockException">The README has no place for the overview.</exception>
    /// <exception cref="StrategyPlanException">A plan is wrong, or cannot run on this model.</exception>
    /// <exception cref="Modeling.ModelFormatException">The folder is no model.</exception>
    public static async Task<EvaluationReport> RunAsync(
        EvaluationRecipe recipe, string command, IAnsiConsole console, TimeProvider time, string? apiKey = null, CancellationToken cancellationToken = default)
    {
        CheckRanges(recipe);
        EvaluationReport.CheckEndings(recipe.Outputs);
        if (recipe.Readme is { } readme)
            EvaluationReport.ReadmeBlock.Read(readme);
        if (recipe.Plans.Count == 0 && recipe.Claims.Count == 0)
            throw new EvaluationException("plans, claims: there is nothing to measure; name at least one.");
        Arm[] arms = [.. recipe.Plans.Select((plan, i) => plan.ToArm($"plans[{i}]"))];
        // A server may have strategies that are not known here.
        for (int i = 0; i < arms.Length && recipe.Url is null; i++)
            if (recipe.Plans[i].Strategies is { } json)
                StrategyCatalog.BuiltIn.Bind(json, $"plans[{i}].strategies");
        IReadOnlyList<BoundClaim> claims = new ClaimCatalog().Bind(recipe.Claims);
        IReadOnlyList<Problem> problems = arms.Length == 0 ? [] : recipe.Problems is { } file ? ProblemFile.Load(file, recipe.Count) : Problem.Generate(recipe.ProblemSeed, recipe.Count);
        Handbook handbook = recipe.Handbook is { } path ? HandbookFile.Load(path) : HandbookFile.OfTask();
        bool withoutModel = arms.Length == 0 && !claims.Any(claim => claim.NeedsModel);
        await using ITarget target = withoutModel ? new NoTarget() : recipe.Url is { } url
            ? new HttpTarget(url, recipe.Model, apiKey) : TargetFactory.Load(recipe.Model, recipe.RewardModel, handbook, recipe.Slots, recipe.Threads, time);
        using Journal journal = recipe.Journal is { } kept ? new Journal(kept) : new Journal();
        var measurement = new Measurement(target, journal, recipe.MaxTokens, recipe.Seed, recipe.Parallel);
        for (int i = 0; i < arms.Length; i++)
            measurement.Check(arms[i], $"plans[{i}]");
        if (claims.Count > 0 && !withoutModel)
            await ClaimCosts.ShowAsync(console, claims, measurement, time, cancellationToken);

        var plans = new List<PlanReport>();
        var sections = new List<ClaimSection>();
        await console.Progress().AutoClear(false).HideCompleted(false)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(async progress =>
            {
                ProblemOutcome[]? baseline = null;
                foreach (Arm arm in arms)
                {
                    ProgressTask bar = progress.AddTask(Markup.Escape(arm.Name), maxValue: problems.Count);
                    ProblemOutcome[] outcomes = ProblemOutcome.Of(await measurement.RunAsync(arm, problems, () => bar.Increment(1), round: 0, cancellationToken), problems);
                    plans.Add(PlanReport.Of(arm, outcomes, baseline));
                    baseline ??= outcomes;
                }
                var laboratory = new Laboratory(measurement, progress, time);
                foreach (BoundClaim claim in claims)
                    sections.Add(await MeasureAsync(claim, laboratory, cancellationToken));
            });
        string source = recipe.Problems is { } name ? $"from `{Path.GetFileName(name)}`" : $"generated with seed {recipe.ProblemSeed}";
        return new EvaluationReport(
            command, DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime), Machine.Describe(), recipe.Url is null && !withoutModel ? recipe.Model : target.Name, recipe.RewardModel, source,
            problems.Count, recipe.MaxTokens, recipe.Seed, plans, sections)
        {
            Beside = recipe.Beside,
        };
    }

    private static async Task<ClaimSection> MeasureAsync(BoundClaim claim, Laboratory laboratory, CancellationToken cancellationToken)
    {
        if (claim.Lacks(laboratory.Measurement.Target) is { } lack)
        {
            var report = new ClaimReport(claim.Name);
            report.Text.Add($"Not measured: {lack}");
            return new(claim.Name, claim.Summary, claim.Paper, 0, 0, report);
        }
        long tokens = laboratory.Tokens, started = Stopwatch.GetTimestamp();
        ClaimReport measured = await claim.RunAsync(laboratory, cancellationToken);
        return new(claim.Name, claim.Summary, claim.Paper, laboratory.Tokens - tokens, Stopwatch.GetElapsedTime(started).TotalSeconds, measured);
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
