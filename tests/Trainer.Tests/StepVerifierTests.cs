using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Tests;

public sealed class StepVerifierTests
{
    private static readonly WordProblem Problem = new("state", 3, "Emma has 13 stamps and gets 3 bags of 13. She gives away 2 boxes of 6, then shares the rest among 4 friends. How many does each get?",
        [new("bags", "3*13: 3*10=30, 3*3=9, 30+9=39", 39), new("Emma", "13+39: 13+30=43, 43+9=52", 52), new("boxes", "2*6=12", 12), new("Emma", "52-12=40", 40), new("each", "40/4=10", 10)], 10);

    private static readonly WordProblem Open = new("state", 1, "Emma has some stamps and gets 5. How many has she?", [], null) { Missing = "how many stamps Emma had at first" };

    [Fact]
    public void Grade_EveryStepCorruptedInTurn_NamesThatStep()
    {
        foreach (var problem in new WordProblemTask(11) { UnanswerableShare = 0 }.Problems(0, 500))
        {
            string[] lines = problem.Solution.Split('\n');
            for (int i = 0; i < problem.Steps.Count; i++)
            {
                string[] corrupted = [.. lines];
                corrupted[i] = corrupted[i][..corrupted[i].LastIndexOf('=')] + "=" + (problem.Steps[i].Value + 1);
                var verdict = StepVerifier.Grade(problem, string.Join('\n', corrupted));
                Assert.Equal(i, verdict.FirstWrongStep);
                Assert.StartsWith($"Step {i + 1}:", verdict.Feedback);
                Assert.Equal(i, StepVerifier.Check(string.Join('\n', corrupted)).FirstWrongStep);
            }
        }
    }

    [Theory]
    [InlineData("bags: 3*13=39\nEmma: 13+39=52\nboxes: 2*6=12\nEmma: 52-12=40\neach: 40/4=10\n#### 10")]
    [InlineData("x: 13*3=39\ny: 39+13=52\nz: 6*2=12\nw: 52-12=40\nv: 40/4=10\n#### 10")]
    [InlineData("boxes: 2*6=12\nbags: 3*13=39\nEmma: 13+39=52\nEmma: 52-12=40\neach: 40/4=10\n#### 10")]
    [InlineData("each from Emma from bags: 3*13=39\nEmma: 13+39=52\nEmma from boxes: 2*6=12\nEmma: 52-12=40\neach: 40/4=10\n#### 10")]
    [InlineData("bags: 3*13=39\nboxes: 2*6=12\nEmma: 13+39=52\nEmma: 52-12=40\neach: 40/4=10\n#### 10")]
    public void Grade_OtherLabelsOperandOrderOrStepOrder_Passes(string solution) => Assert.True(StepVerifier.Grade(Problem, solution).Passed);

    [Theory]
    [InlineData("Emma: 13+39=52\nbags: 3*13=39\nboxes: 2*6=12\nEmma: 52-12=40\neach: 40/4=10\n#### 10", 0)] // 39 is not known yet.
    [InlineData("bags: 3*13=39\nEmma: 13+39=52\nEmma: 52-12=40\nboxes: 2*6=12\neach: 40/4=10\n#### 10", 2)] // Nor is 12.
    [InlineData("bags: 3*13=39\nbags: 3*13=39\nEmma: 13+39=52\nboxes: 2*6=12\nEmma: 52-12=40\neach: 40/4=10\n#### 10", 1)]
    [InlineData("bags: 3*13=39\nEmma: 39-13=26\n#### 26", 1)]
    [InlineData("bags: 3*13=39\nEmma: 13+39=52\nboxes: 2*6=12\nEmma: 12-52=40\neach: 40/4=10\n#### 10", 3)]
    [InlineData("bags: 3*13=39\nEmma: 13+39=52\nboxes: 2*6=12\nEmma: 52-12=40\neach: 40/4=10\nmore: 2*6=12\n#### 10", 5)]
    [InlineData("missing: how many\n#### unknown", 0)]
    public void Grade_StepThatCannotBeReliedOn_IsNamed(string solution, int wrong) => Assert.Equal(wrong, StepVerifier.Grade(Problem, solution).FirstWrongStep);

    [Fact]
    public void Grade_RightEquationsOfAWrongPlan_FailAndCheckCannotTell()
    {
        const string Solution = "bags: 3*13=39\nEmma: 39-13=26\n#### 26";
        Assert.False(StepVerifier.Grade(Problem, Solution).Passed);
        Assert.True(StepVerifier.Check(Solution).Passed);
    }

    [Fact]
    public void Grade_AnswerRightButAStepMissing_NamesTheMissingStep()
    {
        var verdict = StepVerifier.Grade(Problem, "bags: 3*13=39\nEmma: 13+39=52\n#### 10");
        Assert.True(verdict.AnswerCorrect);
        Assert.Equal(2, verdict.FirstWrongStep);
    }

    [Fact]
    public void Grade_StepsRightButAnotherAnswer_IsWrong()
    {
        var verdict = StepVerifier.Grade(Problem, Problem.Solution.Replace("#### 10", "#### 14", StringComparison.Ordinal));
        Assert.Equal((false, false, null), (verdict.AnswerCorrect, verdict.Passed, verdict.FirstWrongStep));
    }

    [Theory]
    [InlineData("missing: how many stamps Emma had at first\n#### unknown", true, null)]
    [InlineData("total from Emma, missing: how many stamps Emma had at first\n#### unknown", true, null)]
    [InlineData("total from Emma, missing: how many stamps Tom had at first\n#### unknown", true, 0)]
    [InlineData("5, missing: how many stamps Emma had at first\n#### unknown", true, 0)]
    [InlineData("missing: how many stamps Tom had at first\n#### unknown", true, 0)]
    [InlineData("Emma: 5+5=10\n#### 10", false, 0)]
    [InlineData("#### unknown", true, 0)]
    [InlineData("missing: how many stamps Emma had at first\n#### 5", false, null)]
    [InlineData("missing: how many stamps Emma had at first\nEmma: 5+5=10\n#### unknown", true, 1)]
    public void Grade_UnanswerableProblem_WantsWhatIsMissing(string solution, bool answer, int? wrong)
    {
        var verdict = StepVerifier.Grade(Open, solution);
        Assert.Equal((answer, wrong), (verdict.AnswerCorrect, verdict.FirstWrongStep));
        Assert.Equal(answer && wrong is null, verdict.Passed);
        Assert.Equal(verdict.Passed, verdict.Feedback is null);
    }

    [Theory]
    [InlineData("")]
    [InlineData("no idea")]
    [InlineData("bags 3*13=39\n#### 39")]
    [InlineData("bags: 3*13\n#### 39")]
    [InlineData("bags: 39=3*13\n#### 39")]
    [InlineData("bags: 3*13: 3*10=30, 3*3=8, 30+8=38\n#### 38")]
    [InlineData("bags: 3*13: 3*10=30, 3*2=6, 30+6=36\n#### 36")] // Holds part by part and is not 3*13.
    [InlineData("bags: 3*13: 3*10=30, 3*3=9, 30+9=39,\n#### 39")]
    [InlineData("bags: 99999999999*99999999999=1\n#### 1")]
    [InlineData("bags: 3/0=3\n#### 3")]
    [InlineData("bags: 7/2=3\n#### 3")]
    [InlineData("bags: 3-7=4\n#### 4")]
    [InlineData("\n\n\n#### 13")]
    [InlineData("#### 99999999999999999999")]
    [InlineData("#### ")]
    [InlineData("#### unknown")]
    [InlineData("bags: 3*13=39\n#### unknown")]
    [InlineData("missing: \n#### unknown")]
    public void Check_TextThatIsNoSolution_FailsWithFeedback(string solution)
    {
        Assert.False(StepVerifier.Check(solution).Passed);
        Assert.NotNull(StepVerifier.Check(solution).Feedback);
        Assert.False(StepVerifier.Grade(Problem, solution).Passed);
    }

    [Theory]
    [InlineData("missing: how many\n#### unknown", true)]
    [InlineData("bags: 3*13=39\nmissing: how many\n#### unknown", true)]
    [InlineData("bags: 3*13=40\nmissing: how many\n#### unknown", false)]
    [InlineData("missing: how many\nbags: 3*13=39\n#### unknown", false)]
    public void Check_SomethingMissing_CannotBeCalculatedAndPassesAfterStepsThatHold(string solution, bool passed) => Assert.Equal(passed, StepVerifier.Check(solution).Passed);

    [Theory]
    [InlineData("bags: 3*13=39\nmissing: how many Emma had\n#### unknown", null)]
    [InlineData("missing: how many Emma had\n#### unknown", null)] // Said before anything is worked out.
    [InlineData("bags: 3*12=36\nmissing: how many Emma had\n#### unknown", 0)]
    [InlineData("bags: 3*13=39\nEmma: 39+5=44\nmissing: how many Emma had\n#### unknown", 1)]
    [InlineData("bags: 3*13=39\n#### unknown", 1)]
    public void Grade_UnanswerableProblemWithSteps_WantsThemRight(string solution, int? wrong)
    {
        var problem = new WordProblem("state", 2, "Emma had stamps, 5 more, and 3 bags of 13.", [new("bags", "3*13=39", 39)], null) { Missing = "how many Emma had" };
        var verdict = StepVerifier.Grade(problem, solution);
        Assert.Equal((true, wrong), (verdict.AnswerCorrect, verdict.FirstWrongStep));
    }

    [Theory]
    [InlineData("bags: 4*37=138", "4*37 is not 138")]
    [InlineData("bags: 4*37: 4*30=120, 4*7=27, 120+27=147", "4*7 is not 27")]
    [InlineData("bags: 4*37: 4*30=120, 4*6=24, 120+24=144", "4*37 is not 144")]
    public void CheckStep_WrongEquation_SaysWhatIsNot(string step, string expected)
    {
        var (holds, _, feedback) = StepVerifier.CheckStep(step);
        Assert.False(holds);
        Assert.Equal(expected, feedback);
    }

    [Theory]
    [InlineData("a\n#### 52", 52, "52")]
    [InlineData("#### 7", 7, "7")]
    [InlineData("#### unknown", null, "unknown")]
    [InlineData("#### 7\n", null, null)]
    [InlineData("#### x", null, null)]
    public void Answer_LastLine_IsRead(string solution, int? number, string? text)
    {
        Assert.Equal(number, StepVerifier.Answer(solution));
        Assert.Equal(text, StepVerifier.AnswerText(solution));
    }
}
