using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Formats;

/// <summary>
/// A completion judged line by line against the worked solution: the one place that knows what the lines of formats do to a verdict. Steps are graded in the chain
/// that the completion has settled on so far, so a step that was taken back no longer spoils those after it.
/// </summary>
/// <param name="Right">
/// Of each line, the answer's included. A step is right when the settled chain is right up to it. A line that takes a step back is right when that step is the first wrong one, and
/// wrong when it takes back a right one; what follows is graded by what is then left. A checked equation must hold. Restated questions, needs and given numbers are as right as the chain is.
/// </param>
/// <param name="Settled">See <see cref="SolutionLines.Settled"/>.</param>
/// <param name="Verdict">Of the settled solution: its steps are counted without the other lines.</param>
public sealed record GradedCompletion(IReadOnlyList<bool> Right, string Settled, Verdict Verdict)
{
    public static GradedCompletion Of(WordProblem problem, string completion)
    {
        string[] lines = completion.Split('\n');
        bool[] right = new bool[lines.Length];
        List<string> chain = [];
        int? firstWrong = null;
        for (int i = 0; i < lines.Length; i++)
        {
            int before = chain.Count;
            var kind = SolutionLines.Settle(chain, lines[i]);
            if (kind == LineKind.TakesBack)
            {
                right[i] = SolutionLines.TakenBack(lines[i]) == firstWrong;
                if (firstWrong >= chain.Count)
                    firstWrong = null;
                continue;
            }
            // Without an answer's line nothing but the steps is judged.
            if (kind == LineKind.Solution && i < lines.Length - 1 && firstWrong is null && StepVerifier.Grade(problem, string.Join('\n', chain) + "\n").FirstWrongStep is not null)
                firstWrong = before;
            right[i] = firstWrong is null && (kind != LineKind.Check || SolutionLines.Holds(lines[i]));
        }
        string settled = string.Join('\n', chain);
        var verdict = StepVerifier.Grade(problem, settled);
        right[^1] &= verdict.Passed;
        return new(right, settled, verdict);
    }
}
