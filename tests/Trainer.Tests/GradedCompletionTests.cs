using InferenceServer.Trainer.Evaluating;
using InferenceServer.Trainer.Formats;
using InferenceServer.Trainer.Rewards;
using InferenceServer.Trainer.Rollouts;
using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Tests;

public sealed class GradedCompletionTests
{
    private const int LineBreak = 2, End = 0;

    private static readonly WordProblem Problem = new("test", 2, "?", [new("a", "1+2=3", 3), new("b", "3*2=6", 6), new("c", "6-1=5", 5)], 5);
    private static readonly WordProblem Open = new("test", 1, "?", [], null) { Missing = "the price" };

    [Theory]
    [InlineData("right", "a: 1+2=3|b: 3*2=6|c: 6-1=5|#### 5", "1111")]
    [InlineData("wrong, never taken back", "a: 1+2=3|b: 3+2=5|c: 5-1=4|#### 4", "1000")]
    [InlineData("taken back and done again", "a: 1+2=3|b: 3+2=5|Check: step 2 is wrong.|b: 3*2=6|c: 6-1=5|#### 5", "101111")]
    [InlineData("taken back a step later", "a: 1+2=3|b: 3+2=5|c: 5-1=4|Check: step 2 is wrong.|b: 3*2=6|c: 6-1=5|#### 5", "1001111")]
    [InlineData("taken back and wrong again", "a: 1+2=3|b: 3+2=5|Check: step 2 is wrong.|b: 3-2=1|c: 6-1=5|#### 5", "101000")]
    [InlineData("a right step taken back and done again", "a: 1+2=3|b: 3*2=6|Check: step 2 is wrong.|b: 3*2=6|c: 6-1=5|#### 5", "110111")]
    [InlineData("a right step taken back for a wrong one", "a: 1+2=3|b: 3*2=6|Check: step 2 is wrong.|b: 3+2=5|c: 5-1=4|#### 4", "110000")]
    [InlineData("a right step taken back with the wrong one", "a: 1+2=3|b: 3+2=5|Check: step 1 is wrong.|a: 1+2=3|b: 3*2=6|c: 6-1=5|#### 5", "1001111")]
    [InlineData("a later step taken back than the first wrong one", "a: 1+2=3|b: 3+2=5|c: 5-1=4|Check: step 3 is wrong.|c: 6-1=5|#### 5", "100000")]
    [InlineData("a step taken back that is not there", "a: 1+2=3|b: 3*2=6|Check: step 9 is wrong.|c: 6-1=5|#### 5", "11011")]
    [InlineData("taken back twice", "a: 2+2=4|Check: step 1 is wrong.|a: 1-2=1|Check: step 1 is wrong.|a: 1+2=3|b: 3*2=6|c: 6-1=5|#### 5", "01011111")]
    [InlineData("notes first", "Question: Why?|Need: a, b, c.|Given: 1, 2.|a: 1+2=3|b: 3*2=6|c: 6-1=5|Check: 5+1=6 holds.|#### 5", "11111111")]
    [InlineData("a check that does not hold", "a: 1+2=3|b: 3*2=6|c: 6-1=5|Check: 5+1=7 holds.|#### 5", "11101")]
    [InlineData("a check that says nothing", "a: 1+2=3|b: 3*2=6|c: 6-1=5|Check: all is well.|#### 5", "11101")]
    [InlineData("notes after a wrong step", "a: 2+2=4|Question: Why?|Check: 5+1=6 holds.|#### 4", "0000")]
    [InlineData("a step missing", "a: 1+2=3|Need: b.|#### 5", "110")]
    [InlineData("a note without a solution", "Question: Why?", "0")]
    public void Of_Lines_AreJudgedByTheSettledChain(string what, string lines, string right)
    {
        var graded = GradedCompletion.Of(Problem, lines.Replace('|', '\n'));
        Assert.Equal(right, string.Concat(graded.Right.Select(r => r ? '1' : '0')));
        Assert.Equal(SolutionLines.Settled(lines.Replace('|', '\n')), graded.Settled);
        Assert.True(graded.Verdict.Passed == (right[^1] == '1'), what);
    }

    [Theory]
    [InlineData("missing: the price|#### unknown", "11")]
    [InlineData("Need: the price.|Given: 3.|missing: the price|#### unknown", "1111")]
    [InlineData("a: 1+2=3|Check: step 1 is wrong.|missing: the price|#### unknown", "0111")]
    [InlineData("missing: the price|Check: step 1 is wrong.|a: 1+2=3|#### 3", "1000")]
    [InlineData("missing: the price|a: 1+2=3|#### unknown", "100")]
    public void Of_QuestionWithoutAnswer_IsJudgedByWhatIsMissing(string lines, string right) =>
        Assert.Equal(right, string.Concat(GradedCompletion.Of(Open, lines.Replace('|', '\n')).Right.Select(r => r ? '1' : '0')));

    [Fact]
    public void Of_EveryFormat_HasOnlyRightLinesWhereItIsLearned()
    {
        var task = new WordProblemTask(5);
        var hints = HintBook.Of(task, 200);
        foreach (var format in TrainingFormats.All.Names.Select(name => TrainingFormats.All[name]))
        {
            foreach (var (problem, index) in task.Problems(0, 60).Select((p, i) => (p, i)))
            {
                if (format.Write(problem, hints, new ProblemRandom(1, (ulong)index)) is not { } text)
                    continue;
                var graded = GradedCompletion.Of(problem, text.Given + text.Target);
                Assert.True(graded.Verdict.Passed);
                // A question that is restated after a wrong step stands in a chain that is still wrong.
                var learned = (text.Given + text.Target).Split('\n').Zip(graded.Right).Skip(text.Given.Count(c => c == '\n')).Where(line => !line.First.StartsWith(EchoFormat.Mark, StringComparison.Ordinal));
                Assert.All(learned, line => Assert.True(line.Second, line.First));
            }
        }
    }

    [Fact]
    public void Exact_StepTakenBack_IsOpenAgain()
    {
        const string Text = "a: 2+2=4\nCheck: step 1 is wrong.\na: 1+2=3\nb: 3*2=6\nc: 6-1=5\n#### 5";
        int[] tokens = [.. Text.Select(c => c == '\n' ? LineBreak : (int)c), End];
        var labels = StepLabels.Exact(Problem, new(tokens, Text, true, [], [], []), LineBreak);
        Assert.Equal([0, 1, 1, 1, 1, 1], labels.Success);
        Assert.True(labels.Solved);
        Assert.False(labels.Open(1));
        Assert.True(labels.Open(2));
    }

    [Fact]
    public void Of_MistakeTakenBack_IsNotTheMistake()
    {
        const string Text = "a: 1+2=4\nCheck: step 1 is wrong.\na: 1+2=3\nb: 3+2=5\nc: 5-1=4\n#### 4";
        Assert.Equal(Mistakes.Plan, Mistakes.Of(Problem, new Rollout([], Text, true, [], [], [])));
    }
}
