using InferenceServer.Trainer.Formats;
using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Effects;

/// <summary>
/// A beginning with one flawed step, forced on the model, against the worked solution's beginning of as many steps: accuracy after the first over accuracy after the
/// second is the recovery (arXiv:2512.17079). Nothing forced is the direct arm.
/// </summary>
public sealed class RecoveryEffect(IReadOnlyList<WordProblem> problems, IReadOnlyList<Trial> direct, ulong seed) : IFormatEffect
{
    private const string Clean = ", its right beginning";

    private static readonly (string Name, FlawKind[] Kinds)[] Flaws =
    [
        ("calculation flaw", [FlawKind.WrongCalculation]),
        ("reasoning flaw", [FlawKind.WrongOperand, FlawKind.WrongOperand, FlawKind.SwappedOperation, FlawKind.MissingStep]),
    ];

    public string Name => "recovery";

    public IReadOnlyList<string> Questions { get; } = [.. problems.Select(p => p.Question)];

    public async Task<IReadOnlyList<Trial>> AskAsync(EffectSampler sampler, int index, CancellationToken cancellationToken)
    {
        var problem = problems[index];
        List<Trial> trials = [];
        for (int kind = 0; kind < Flaws.Length; kind++)
        {
            if (FlawOf(index, kind) is not { } flaw)
                continue;
            string clean = SolutionLines.Of(problem.Steps.Take(flaw.Step + 1));
            trials.Add(await sampler.AskAsync(Flaws[kind].Name, RecoveryFormat.Recover(problem, flaw), index, cancellationToken));
            trials.Add(await sampler.AskAsync(Flaws[kind].Name + Clean, DirectEffect.Ask(problem, clean), index, cancellationToken));
        }
        return trials;
    }

    public EffectReport Report(IReadOnlyList<IReadOnlyList<Trial>> trials) => new(
        Name, "A wrong step forced as the end of the solution's beginning, against a right beginning of as many steps.",
        ArmReport.Of(problems, [.. trials.Select((t, i) => (IReadOnlyList<Trial>)[direct[i], .. t])],
            [(DirectEffect.Arm, null), .. Flaws.SelectMany(flaw => ((string, string?)[])[(flaw.Name + Clean, DirectEffect.Arm), (flaw.Name, flaw.Name + Clean)])]),
        [.. Enumerable.Range(0, Flaws.Length).SelectMany(kind => Rates(trials, kind))]);

    private Rate[] Rates(IReadOnlyList<IReadOnlyList<Trial>> trials, int kind)
    {
        string name = Flaws[kind].Name;
        Trial? Find(int i, string arm) => trials[i].FirstOrDefault(trial => trial.Arm == arm);
        var indices = Enumerable.Range(0, problems.Count);
        return
        [
            Rate.Ratio($"recovery from a {name}: accuracy after it over accuracy after a right beginning", indices.Select(i => Find(i, name) is { } flawed && Find(i, name + Clean) is { } clean
                ? (flawed.Accuracy(problems[i]), clean.Accuracy(problems[i])) : ((double, double)?)null)),
            Rate.Of($"{name}: the next line names the flawed step", indices.Select(i => Find(i, name)?.Share(c => FirstTakenBack(c) == FlawOf(i, kind)!.Step))),
            Rate.Of($"{name}: the next line takes some step back", indices.Select(i => Find(i, name)?.Share(c => FirstTakenBack(c) is not null))),
            Rate.Of($"{name}: the next line takes a step back though all are right", indices.Select(i => Find(i, name + Clean)?.Share(c => FirstTakenBack(c) is not null))),
        ];
    }

    /// <summary>The same for every call: a function of the seed, the problem and the kind. Null when the problem allows none, or only one that shows in no step.</summary>
    private FlawedSolution? FlawOf(int index, int kind)
    {
        var random = new ProblemRandom(seed ^ 0x4EC0 ^ (ulong)kind, (ulong)index);
        var flaw = SolutionFlaw.Plant(problems[index], random, random.Pick(Flaws[kind].Kinds));
        return flaw is not null && flaw.Step < flaw.Steps.Count ? flaw : null;
    }

    private static int? FirstTakenBack(Completion completion) => SolutionLines.TakenBack(completion.Text.Split('\n')[0]);
}
