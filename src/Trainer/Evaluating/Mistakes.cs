using InferenceServer.Trainer.Formats;
using InferenceServer.Trainer.Rollouts;
using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Evaluating;

/// <summary>What a wrong solution got wrong first, of what it did not take back.</summary>
public static class Mistakes
{
    public const string Calculation = "calculation", Plan = "operand or plan", Format = "format", MissingStep = "missing step", ExtraStep = "step too many",
        Answer = "answer's line", CutOff = "cut off", FalseUnknown = "false unknown", MissedUnknown = "missed unknown";

    /// <summary>Of the samples that do not answer right, how many by kind.</summary>
    public static IReadOnlyDictionary<string, int> Count(IEnumerable<MeasuredProblem> problems) => problems
        .SelectMany(problem => Enumerable.Range(0, problem.Count).Where(i => !problem.Right[i]).Select(i => Of(problem.Problem, problem.Samples[i])))
        .GroupBy(kind => kind).OrderByDescending(kind => kind.Count()).ToDictionary(kind => kind.Key, kind => kind.Count());

    public static string Of(WordProblem problem, Rollout rollout)
    {
        if (problem.Answer is null)
            return MissedUnknown;
        if (rollout.Text.EndsWith(WordProblem.AnswerMark + WordProblem.Unknown, StringComparison.Ordinal))
            return FalseUnknown;
        var graded = GradedCompletion.Of(problem, rollout.Text);
        string[] lines = graded.Settled.Split('\n');
        // Steps before one that was cut off may be wrong already.
        if (graded.Verdict.FirstWrongStep is not { } wrong || wrong >= lines.Length - 1)
            return !rollout.Finished ? CutOff : lines.Length - 1 < problem.Steps.Count ? MissingStep : Answer;
        var (holds, value, feedback) = StepVerifier.CheckStep(lines[wrong]);
        if (!holds)
            return feedback!.Contains("not of the form", StringComparison.Ordinal) ? Format : Calculation;
        if (wrong >= problem.Steps.Count)
            return ExtraStep;
        // A planned step that came before what it needs.
        return problem.Steps.Any(step => step.Value == value && Asked(step.Text) == Asked(lines[wrong])) ? MissingStep : Plan;
    }

    /// <summary>The operation of a step, without its result: <c>4*37</c> of <c>Emma: 4*37: 4*30=120, ...</c>.</summary>
    private static string Asked(string step) => step.Split(": ")[1].Split('=')[0];
}
