using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Rollouts;

/// <summary>
/// Where the steps of a solution end and whether the solution is right that far, by the task's verifier. A line break ends a step; the answer's line is the
/// last and ends before the end token, since a score is read before a token. A step after a wrong one is wrong.
/// </summary>
/// <param name="Ends">Index of each step's last token.</param>
/// <param name="Correct">Whether everything up to that end is right.</param>
public sealed record StepLabels(int[] Ends, bool[] Correct)
{
    public static StepLabels Of(WordProblem problem, Rollout rollout, int lineBreak)
    {
        List<int> ends = [];
        int length = rollout.Finished ? rollout.Tokens.Length - 1 : rollout.Tokens.Length;
        for (int t = 0; t < length; t++)
            if (rollout.Tokens[t] == lineBreak || t == length - 1)
                ends.Add(t);
        var verdict = StepVerifier.Grade(problem, rollout.Text);
        int firstWrong = verdict.FirstWrongStep ?? (verdict.AnswerCorrect ? int.MaxValue : ends.Count - 1);
        return new([.. ends], [.. Enumerable.Range(0, ends.Count).Select(step => step < firstWrong)]);
    }
}
