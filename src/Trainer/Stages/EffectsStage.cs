using InferenceServer.Modeling;
using InferenceServer.Modeling.Text;
using InferenceServer.Trainer.Effects;
using InferenceServer.Trainer.Formats;
using InferenceServer.Trainer.Recipes;
using InferenceServer.Trainer.Rollouts;
using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Stages;

/// <summary>What to measure.</summary>
/// <param name="Problems">Of each held-out set, and of each file of other problems, at most.</param>
/// <param name="Samples">Of the direct arm, at least 2; the others have half as many.</param>
/// <param name="Only">Names of the comparisons; empty for all.</param>
/// <param name="Gsm8k">File of other problems; null for none.</param>
/// <param name="Mawps">Likewise.</param>
public sealed record EffectsOptions(int Problems, int Samples, IReadOnlyCollection<string> Only, string? Gsm8k = null, string? Mawps = null);

/// <summary>Measures each format of a policy's folder against the same model without it. What was sampled stays in the run's folder: an interrupted call goes on.</summary>
public static class EffectsStage
{
    private const string Direct = "direct", Families = "families";

    /// <summary>Those that need no file, in the report's order.</summary>
    public static readonly IReadOnlyList<string> Names = [Direct, Families, "countdown", "echo", "hint", "feedback", "recovery", "preview", "unknown"];

    /// <param name="counter">Given a comparison's name and its number of problems, what to call after each problem.</param>
    /// <exception cref="RecipeException">An option makes no sense, or a file of other problems cannot be read.</exception>
    public static async Task<EffectsReport> RunAsync(RecipeRun run, string policy, EffectsOptions options, Func<string, int, Action>? counter, CancellationToken cancellationToken)
    {
        var recipe = run.Recipe.Evaluation;
        Validate(run, options);
        var config = ModelConfig.Load(Path.Combine(policy, "config.json"));
        var tokenizer = ModelTokenizer.Load(Path.Combine(policy, "tokenizer.json"));
        await using var rollouts = EvaluateStage.Open(policy, out string weights);
        var sampler = new EffectSampler(rollouts, new(options.Samples, recipe.Temperature, recipe.MaxTokens, recipe.Seed));

        IReadOnlyList<WordProblem> templates = [.. run.HeldOut.Templates.Take(options.Problems)];
        List<EffectReport> reports = [];
        var baseline = new DirectEffect(Direct, "The question alone, on problems with held-out templates.", templates);
        // What else is compared with it.
        IReadOnlyList<Trial> direct = Wanted(Direct, "echo", "hint", "feedback", "recovery", "preview") ? [.. (await AskAsync(baseline)).Select(trials => trials[0])] : [];
        if (Wanted(Direct))
            reports.Add(Summarise(baseline, [.. direct.Select(trial => (IReadOnlyList<Trial>)[trial])]));
        var hints = new Lazy<HintBook>(() => HintBook.Of(run.TrainingTask));
        (string Name, Func<IFormatEffect> Effect)[] others =
        [
            (Families, () => new DirectEffect(Families, "The question alone, on families of problems that training never saw.", [.. run.HeldOut.Families.Take(options.Problems)])),
            ("countdown", () => new CountdownEffect([.. run.HeldOut.Countdown.Take(options.Problems)])),
            ("echo", () => new EchoEffect(templates, direct)),
            ("hint", () => new HintEffect(templates, direct, hints.Value, recipe.Seed)),
            ("feedback", () => new FeedbackEffect(templates, direct, recipe.Seed)),
            ("recovery", () => new RecoveryEffect(templates, direct, recipe.Seed)),
            ("preview", () => new PreviewEffect(templates, direct)),
            ("unknown", () => new UnknownEffect([.. run.HeldOut.Unknown.Take(options.Problems)])),
        ];
        foreach (var (_, effect) in others.Where(other => Wanted(other.Name)))
            await RunAsync(effect());
        if (options.Gsm8k is not null)
            await RunAsync(Other("gsm8k", "GSM8K's", OtherProblems.ReadGsm8k(options.Gsm8k)));
        if (options.Mawps is not null)
            await RunAsync(Other("mawps", "MAWPS's", OtherProblems.ReadMawps(options.Mawps)));
        return new(policy, options.Samples, recipe.Temperature, reports);

        bool Wanted(params string[] names) => options.Only.Count == 0 || names.Any(options.Only.Contains);

        async Task RunAsync(IFormatEffect effect) => reports.Add(Summarise(effect, await AskAsync(effect)));

        Task<IReadOnlyList<IReadOnlyList<Trial>>> AskAsync(IFormatEffect effect)
        {
            string identity = run.Recipe.EvaluationIdentity($"{weights} {options.Samples} {string.Join('\n', effect.Questions)}");
            return new JsonJournal<IReadOnlyList<Trial>>(Path.Combine(run.Folder, $"effects-{effect.Name}-{identity}.jsonl")).CompleteAsync(
                effect.Questions.Count, RolloutSampler.Parallelism(sampler.ArmSamples), (i, token) => effect.AskAsync(sampler, i, token), counter?.Invoke(effect.Name, effect.Questions.Count), cancellationToken);
        }

        DirectEffect Other(string name, string whose, IReadOnlyList<WordProblem> problems)
        {
            WordProblem[] fitting = [.. problems.Where(p => tokenizer.Encode(p.Question).Length + recipe.MaxTokens + ChatTokens <= config.ContextLength)];
            return new(name, $"The question alone, on {whose} text, on which the model was not trained: {problems.Count} problems with a whole number as the answer, of which {problems.Count - fitting.Length} do not fit the context; the first of the others are asked.",
                [.. fitting.Take(options.Problems)]);
        }
    }

    // Of the chat format around a question.
    private const int ChatTokens = 8;

    private static EffectReport Summarise(IFormatEffect effect, IReadOnlyList<IReadOnlyList<Trial>> trials) => effect.Report(trials) with
    {
        Tokens = trials.Sum(t => t.Sum(trial => trial.Completions.Sum(c => (long)c.Tokens))),
        PromptTokens = trials.Sum(t => t.Sum(trial => (long)trial.PromptTokens)),
    };

    private static void Validate(RecipeRun run, EffectsOptions options)
    {
        if (options.Problems < 1 || options.Problems > run.HeldOut.Templates.Count)
            throw new RecipeException($"--problems {options.Problems}: there are {run.HeldOut.Templates.Count} problems with held-out templates.");
        if (options.Samples < 2)
            throw new RecipeException($"--samples {options.Samples}: at least 2, one for the first attempt and one to compare a second attempt with.");
        foreach (string name in options.Only)
            if (!Names.Contains(name))
                throw new RecipeException($"--only {name}: the comparisons are {string.Join(", ", Names)}.");
    }
}
