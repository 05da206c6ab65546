using InferenceServer.Modeling.Text;
using InferenceServer.Strategies.Feedback;
using InferenceServer.Trainer.Formats;
using InferenceServer.Trainer.Tasks;
using FeedbackTone = InferenceServer.Strategies.Feedback.Tone;

namespace InferenceServer.Trainer.Effects;

/// <summary>
/// A second attempt after feedback on the model's own first one, the first direct sample, against a fresh sample of the same problem: the other direct samples. They were
/// drawn whatever the first came to, so neither side is chosen for its luck. Right first attempts that are called wrong show what false feedback spoils.
/// </summary>
public sealed class FeedbackEffect(IReadOnlyList<WordProblem> problems, IReadOnlyList<Trial> direct, ulong seed) : IFormatEffect
{
    private const string Fresh = "fresh sample, first one wrong", Answer = "the answer called wrong", Step = "the first wrong step named", Tone = "the answer called wrong, in some tone",
        Neutral = "a neutral sentence, no verdict", FreshRight = "fresh sample, first one right", Spoil = "a right answer called wrong";

    public string Name => "feedback";

    public IReadOnlyList<string> Questions { get; } = [.. problems.Select(p => p.Question)];

    public async Task<IReadOnlyList<Trial>> AskAsync(EffectSampler sampler, int index, CancellationToken cancellationToken)
    {
        var problem = problems[index];
        if (!direct[index].Completions[0].Finished)
            return [];
        var random = new ProblemRandom(seed ^ 0xFEED, (ulong)index);
        var attempt = GradedCompletion.Of(problem, direct[index].Completions[0].Text);
        (string Arm, string? Feedback)[] arms = attempt.Verdict.AnswerCorrect ? [(Spoil, FeedbackFormat.AnswerIsWrong)] :
        [
            (Answer, FeedbackFormat.AnswerIsWrong),
            // Of an attempt that leaves out its last step no step can be named.
            (Step, attempt.Verdict.FirstWrongStep is { } step && step < attempt.Settled.Count(c => c == '\n') ? FeedbackFormat.StepIsWrong(step) : null),
            (Tone, $"{Phrase(random.Pick([.. FeedbackPhrases.Tones.Where(tone => tone != FeedbackTone.Neutral)]), random)} {FeedbackFormat.AnswerIsWrong}"),
            (Neutral, Phrase(FeedbackTone.Neutral, random)),
        ];
        List<Trial> trials = [];
        foreach (var (arm, feedback) in arms)
            if (feedback is not null)
                trials.Add(await sampler.AskAsync(arm, Ask(problem, attempt.Settled, feedback), index, cancellationToken));
        return trials;
    }

    public EffectReport Report(IReadOnlyList<IReadOnlyList<Trial>> trials) => new(
        Name, "A second attempt after feedback on the model's own first one. Differences are to fresh samples of the same problems.",
        ArmReport.Of(problems, [.. trials.Select((t, i) => (IReadOnlyList<Trial>)[FreshOf(i), .. t])],
            [(Fresh, null), (Answer, Fresh), (Step, Fresh), (Tone, Fresh), (Neutral, Fresh), (FreshRight, null), (Spoil, FreshRight)]),
        [
            Rate.Of("fix rate, the answer called wrong", Of(trials, Answer, (t, i) => t.Accuracy(problems[i]))),
            Rate.Of("fix rate, the first wrong step named", Of(trials, Step, (t, i) => t.Accuracy(problems[i]))),
            Rate.Of("spoil rate, a right answer called wrong", Of(trials, Spoil, (t, i) => 1 - t.Accuracy(problems[i]))),
            Rate.Of("the same wrong answer again, the answer called wrong", Of(trials, Answer, Repeats)),
            Rate.Of("the same wrong answer again, the first wrong step named", Of(trials, Step, Repeats)),
            Rate.Of("the same wrong answer again, fresh sample", trials.Select((t, i) => t.Any(trial => trial.Arm == Answer) ? Repeats(FreshOf(i), i) : (double?)null)),
        ]);

    private static string Phrase(FeedbackTone tone, ProblemRandom random) => random.Pick(FeedbackPhrases.BuiltIn[tone]);

    private static FormattedProblem Ask(WordProblem problem, string attempt, string feedback) =>
        new([new ChatMessage(FormattedProblem.User, problem.Question), .. FeedbackFormat.Round(attempt, feedback)], "", "");

    /// <summary>The direct samples but the first.</summary>
    private Trial FreshOf(int index)
    {
        bool right = direct[index].IsRight(problems[index], direct[index].Completions[0]);
        return direct[index] with { Arm = right ? FreshRight : Fresh, Completions = [.. direct[index].Completions.Skip(1)] };
    }

    private double Repeats(Trial trial, int index) =>
        trial.Share(c => c.Finished && StepVerifier.AnswerText(c.Text) is { } answer && answer == StepVerifier.AnswerText(direct[index].Completions[0].Text));

    private static IEnumerable<double?> Of(IReadOnlyList<IReadOnlyList<Trial>> trials, string arm, Func<Trial, int, double> value) =>
        trials.Select((t, i) => t.FirstOrDefault(trial => trial.Arm == arm) is { } found ? value(found, i) : (double?)null);
}
