using InferenceServer.Trainer.Formats;
using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Effects;

/// <summary>The question alone: what everything else is compared with.</summary>
public sealed class DirectEffect(string name, string idea, IReadOnlyList<WordProblem> problems) : IFormatEffect
{
    public const string Arm = "direct";

    public string Name => name;

    public IReadOnlyList<string> Questions { get; } = [.. problems.Select(p => p.Question)];

    public static FormattedProblem Ask(WordProblem problem, string given = "") => new(FormattedProblem.Ask(null, problem.Question), given, "");

    public async Task<IReadOnlyList<Trial>> AskAsync(EffectSampler sampler, int index, CancellationToken cancellationToken) =>
        [await sampler.AskAsync(Arm, Ask(problems[index]), index, cancellationToken, sampler.Samples)];

    public EffectReport Report(IReadOnlyList<IReadOnlyList<Trial>> trials) => new(name, idea, ArmReport.Of(problems, trials, [(Arm, null)]),
    [
        Rate.Of("at least one of the samples right", trials.Select((t, i) => (double?)(t[0].Accuracy(problems[i]) > 0 ? 1 : 0))),
        Rate.Of("the samples' majority right", trials.Select((t, i) => (double?)(t[0].Majority is { } answer && StepVerifier.AnswersRight(problems[i], WordProblem.AnswerMark + answer) ? 1 : 0))),
        Rate.Of("answer a number or unknown", trials.Select(t => (double?)t[0].Share(c => c.Finished && StepVerifier.AnswerText(c.Text) is not null))),
        Rate.Of("answer unknown", trials.Select(t => (double?)t[0].Share(c => StepVerifier.AnswerText(c.Text) == WordProblem.Unknown))),
        Rate.Of("a step taken back", trials.Select(t => (double?)t[0].Share(c => c.Text.Split('\n').Any(line => SolutionLines.TakenBack(line) is not null)))),
    ]);
}
