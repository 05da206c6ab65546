using InferenceServer.Trainer.Formats;
using InferenceServer.Trainer.Rollouts;
using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Rewards;

/// <summary>
/// Where the steps of a solution end and how well it stands there. A line break ends a step; the answer's line is the last and ends before the end token, since a
/// score is read before a token.
/// </summary>
/// <param name="Ends">Index of each step's last token, the line break included.</param>
/// <param name="Success">How likely the text up to that end is to become a right solution: 1 or 0 from the verifier, a share from continuations.</param>
public sealed record StepLabels(int[] Ends, double[] Success)
{
    public int Count => Ends.Length;

    /// <summary>Index of a step's first token.</summary>
    public int Start(int step) => step == 0 ? 0 : Ends[step - 1] + 1;

    /// <summary>Index of the token with which at least a part of a step is written: all of it at 1, half of it at 0.5.</summary>
    public int At(int step, double part) => Start(step) + (int)Math.Ceiling(part * (Ends[step] + 1 - Start(step))) - 1;

    /// <summary>Whether a right solution was still possible when a step began.</summary>
    public bool Open(int step) => step == 0 || Success[step - 1] > 0;

    /// <summary>Whether the whole solution is right; of continuations, whether its answer was.</summary>
    public bool Solved => Count > 0 && Success[^1] >= 0.5;

    /// <summary>
    /// Labels from the task's verifier: 1 while everything up to an end is right, apart from what was taken back. See <see cref="GradedCompletion"/>. Of a question
    /// without an answer every step is right if the answer says so: what exactly is missing can be put in many words.
    /// </summary>
    public static StepLabels Exact(WordProblem problem, Rollout rollout, int lineBreak)
    {
        int[] ends = StepEnds(rollout, lineBreak);
        var graded = GradedCompletion.Of(problem, rollout.Text);
        bool solved = rollout.Finished && (problem.Answer is null ? graded.Verdict.AnswerCorrect : graded.Verdict.Passed);
        return new(ends, [.. Enumerable.Range(0, ends.Length).Select(step => (step == ends.Length - 1 || problem.Answer is null ? solved : graded.Right[step]) ? 1.0 : 0.0)]);
    }

    /// <summary>Index of the last token of each step. A solution that was cut off ends with its last token.</summary>
    public static int[] StepEnds(Rollout rollout, int lineBreak)
    {
        int length = rollout.Finished ? rollout.Tokens.Length - 1 : rollout.Tokens.Length;
        return [.. Enumerable.Range(0, length).Where(t => rollout.Tokens[t] == lineBreak || t == length - 1)];
    }
}
