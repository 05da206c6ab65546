using InferenceServer.Trainer.Formats;
using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Effects;

/// <summary>
/// The question restated at the start, by the system line; and in the middle of the model's own solution, by force, against going on without. The solution that is cut in
/// two is the first direct sample, whatever it is worth, so the two arms go on from right and from wrong beginnings as often as the model writes them.
/// </summary>
public sealed class EchoEffect(IReadOnlyList<WordProblem> problems, IReadOnlyList<Trial> direct) : IFormatEffect
{
    private const string First = "restated first", Between = "restated midway", Plain = "not restated midway", RightSoFar = ", right so far", WrongSoFar = ", wrong so far";

    public string Name => "echo";

    public IReadOnlyList<string> Questions { get; } = [.. problems.Select(p => p.Question)];

    public async Task<IReadOnlyList<Trial>> AskAsync(EffectSampler sampler, int index, CancellationToken cancellationToken)
    {
        var problem = problems[index];
        string restated = $"{EchoFormat.Mark} {problem.Question}\n";
        List<Trial> trials = [await sampler.AskAsync(First, EchoFormat.First(problem), index, cancellationToken, further: restated)];
        if (FirstHalf(direct[index].Completions[0]) is { } begun)
        {
            trials.Add(await sampler.AskAsync(Plain, DirectEffect.Ask(problem, begun), index, cancellationToken));
            trials.Add(await sampler.AskAsync(Between, EchoFormat.Between(problem, begun, ""), index, cancellationToken, further: restated));
        }
        return trials;
    }

    public EffectReport Report(IReadOnlyList<IReadOnlyList<Trial>> trials) => new(
        Name, "The question restated: first, when the system line asks for it, or forced midway through the model's own solution.",
        ArmReport.Of(problems, [.. trials.Select((t, i) => (IReadOnlyList<Trial>)[direct[i], .. t, .. t.Where(trial => trial.Arm != First).Select(trial => trial with { Arm = trial.Arm + SoFar(problems[i], trial) })])],
        [
            (DirectEffect.Arm, null), (First, DirectEffect.Arm), (Plain, null), (Between, Plain),
            (Plain + RightSoFar, null), (Between + RightSoFar, Plain + RightSoFar), (Plain + WrongSoFar, null), (Between + WrongSoFar, Plain + WrongSoFar),
        ]),
        [
            Rate.Of("restated first, word for word", trials.Select((t, i) => (double?)t[0].Share(c => c.Text.StartsWith($"{EchoFormat.Mark} {problems[i].Question}\n", StringComparison.Ordinal)))),
            Rate.Of("restated midway, word for word", trials.Select((t, i) => t.FirstOrDefault(trial => trial.Arm == Between)?.Share(c => c.Text.StartsWith($" {problems[i].Question}\n", StringComparison.Ordinal)))),
        ]);

    /// <summary>The first half of a solution's lines before the answer, at least one; null when there are not two.</summary>
    private static string? FirstHalf(Completion completion)
    {
        string[] lines = completion.Text.Split('\n');
        int steps = lines.Length - 1;
        return steps < 2 ? null : string.Concat(lines.Take(steps / 2).Select(line => line + "\n"));
    }

    private static string SoFar(WordProblem problem, Trial trial)
    {
        string begun = trial.Given.EndsWith('\n') ? trial.Given : trial.Given[..^EchoFormat.Mark.Length];
        // The last whole line; what comes after its line break is not written yet.
        return GradedCompletion.Of(problem, begun).Right[^2] ? RightSoFar : WrongSoFar;
    }
}
