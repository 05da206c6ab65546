using InferenceServer.Trainer.Formats;
using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Effects;

/// <summary>Needs and given numbers first and a check before the answer, against the question alone.</summary>
public sealed class PreviewEffect(IReadOnlyList<WordProblem> problems, IReadOnlyList<Trial> direct) : IFormatEffect
{
    private const string Arm = "preview and check";

    public string Name => "preview";

    public IReadOnlyList<string> Questions { get; } = [.. problems.Select(p => p.Question)];

    public async Task<IReadOnlyList<Trial>> AskAsync(EffectSampler sampler, int index, CancellationToken cancellationToken)
    {
        return PreviewFormat.Of(problems[index]) is { } text ? [await sampler.AskAsync(Arm, text, index, cancellationToken, further: text.Target)] : [];
    }

    public EffectReport Report(IReadOnlyList<IReadOnlyList<Trial>> trials) => new(
        Name, "What is needed and what is given listed first and the last step checked before the answer, when the system line asks for it.",
        ArmReport.Of(problems, [.. trials.Select((t, i) => (IReadOnlyList<Trial>)[direct[i], .. t])], [(DirectEffect.Arm, null), (Arm, DirectEffect.Arm)]),
        [
            Rate.Of("needs as in the plan", trials.Select((t, i) => Share(t, c => c.Text.StartsWith($"{PreviewFormat.NeedMark} {HintFormat.Plan(problems[i])}\n", StringComparison.Ordinal)))),
            Rate.Of("an equation checked", trials.Select(t => Share(t, c => SolutionLines.Checks(c.Text).Any()))),
            Rate.Of("every checked equation holds", trials.Select(t => Share(t, c => SolutionLines.Checks(c.Text).Any() && SolutionLines.Checks(c.Text).All(SolutionLines.Holds)))),
        ]);

    private static double? Share(IReadOnlyList<Trial> trials, Func<Completion, bool> holds) => trials.Count == 0 ? null : trials[0].Share(holds);
}
