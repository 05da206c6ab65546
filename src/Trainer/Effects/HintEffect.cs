using InferenceServer.Trainer.Formats;
using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Effects;

/// <summary>Hints before the question, against the question alone. Not every problem has a hint, so the arms with the fitting one ask fewer problems.</summary>
public sealed class HintEffect(IReadOnlyList<WordProblem> problems, IReadOnlyList<Trial> direct, HintBook hints, ulong seed) : IFormatEffect
{
    private const string Right = "the right hint", Plan = "the plan's labels", Handbook = "a handbook of four with the right one", Wrong = "a wrong hint", WrongHandbook = "a handbook of four wrong ones";

    public string Name => "hint";

    public IReadOnlyList<string> Questions { get; } = [.. problems.Select(p => p.Question)];

    public async Task<IReadOnlyList<Trial>> AskAsync(EffectSampler sampler, int index, CancellationToken cancellationToken)
    {
        var problem = problems[index];
        var random = new ProblemRandom(seed ^ 0x41, (ulong)index);
        (string Arm, string[] Lines)[] arms =
        [
            (Right, problem.Hint is null ? [] : [problem.Hint]),
            (Plan, problem.Steps.Count == 0 ? [] : [HintFormat.Plan(problem)]),
            (Handbook, HintFormat.Handbook(problem, hints, HintFormat.MostHints, random)),
            (Wrong, hints.Others(problem.Hint, 1, random)),
            (WrongHandbook, hints.Others(problem.Hint, HintFormat.MostHints, random)),
        ];
        List<Trial> trials = [];
        foreach (var (arm, lines) in arms.Where(a => a.Lines.Length > 0))
            trials.Add(await sampler.AskAsync(arm, HintFormat.WithHints(problem, lines), index, cancellationToken));
        return trials;
    }

    public EffectReport Report(IReadOnlyList<IReadOnlyList<Trial>> trials) => new(
        Name, "Hint lines before the question. A right hint should help and a wrong one do no harm.",
        ArmReport.Of(problems, [.. trials.Select((t, i) => (IReadOnlyList<Trial>)[direct[i], .. t])],
            [(DirectEffect.Arm, null), .. ((string[])[Right, Plan, Handbook, Wrong, WrongHandbook]).Select(arm => (arm, DirectEffect.Arm))]),
        []);
}
