using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Tests;

public sealed class StepVerifierTests
{
    private static readonly WordProblem Problem = new("chain", 2, "Emma has 13 stamps and gets 3 bags of 13. She shares them among 4 friends. How many does each get?",
        [new("bags", "3*13=30+9=39", 39), new("Emma", "13+39=40+12=52", 52), new("each", "52/4=10+3=13", 13)], 13);

    [Fact]
    public void Grade_EveryStepCorruptedInTurn_NamesThatStep()
    {
        foreach (var problem in new WordProblemTask(11).Problems(0, 500))
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

    [Fact]
    public void Grade_RightEquationOfAWrongPlan_IsWrongAndCheckCannotTell()
    {
        const string Solution = "bags: 3*13=30+9=39\nEmma: 39-13=26\n#### 26";
        Assert.Equal(1, StepVerifier.Grade(Problem, Solution).FirstWrongStep);
        Assert.True(StepVerifier.Check(Solution).Passed);
    }

    [Fact]
    public void Grade_OperandsOfASumInTheOtherOrder_Pass() =>
        Assert.True(StepVerifier.Grade(Problem, "bags: 13*3=39\nEmma: 39+13=52\neach: 52/4=13\n#### 13").Passed);

    [Fact]
    public void Grade_OperandsOfADifferenceInTheOtherOrder_Fail()
    {
        var problem = new WordProblem("shop", 1, "?", [new("money", "9-4=5", 5)], 5);
        Assert.Equal(0, StepVerifier.Grade(problem, "money: 4-9=5\n#### 5").FirstWrongStep);
    }

    [Fact]
    public void Grade_AnswerRightButAStepMissing_NamesTheMissingStep()
    {
        var verdict = StepVerifier.Grade(Problem, "bags: 3*13=39\nEmma: 13+39=52\n#### 13");
        Assert.True(verdict.AnswerCorrect);
        Assert.Equal(2, verdict.FirstWrongStep);
    }

    [Fact]
    public void Grade_StepsRightButAnotherAnswer_IsWrong()
    {
        var verdict = StepVerifier.Grade(Problem, "bags: 3*13=39\nEmma: 13+39=52\neach: 52/4=13\n#### 14");
        Assert.False(verdict.AnswerCorrect);
        Assert.False(verdict.Passed);
        Assert.Null(verdict.FirstWrongStep);
    }

    [Theory]
    [InlineData("")]
    [InlineData("no idea")]
    [InlineData("bags 3*13=39\n#### 13")]
    [InlineData("bags: 3*13\n#### 13")]
    [InlineData("bags: 39=3*13\n#### 13")]
    [InlineData("bags: 3*13=30+8=39\n#### 13")]
    [InlineData("bags: 99999999999*99999999999=1\n#### 13")]
    [InlineData("bags: 3/0=3\n#### 13")]
    [InlineData("bags: 7/2=3\n#### 3")]
    [InlineData("\n\n\n#### 13")]
    [InlineData("#### 99999999999999999999")]
    [InlineData("#### ")]
    public void Check_TextThatIsNoSolution_FailsWithFeedback(string solution)
    {
        Assert.False(StepVerifier.Check(solution).Passed);
        Assert.NotNull(StepVerifier.Check(solution).Feedback);
        Assert.False(StepVerifier.Grade(Problem, solution).Passed);
    }

    [Fact]
    public void CheckStep_WrongProduct_SaysWhatIsNot()
    {
        var (holds, _, feedback) = StepVerifier.CheckStep("bags: 4*37=138");
        Assert.False(holds);
        Assert.Equal("4*37 is not 138", feedback);
    }

    [Theory]
    [InlineData("a\n#### 52", 52)]
    [InlineData("#### 7", 7)]
    [InlineData("#### 7\n", null)]
    [InlineData("#### x", null)]
    public void Answer_LastLine_IsRead(string solution, int? expected) => Assert.Equal(expected, StepVerifier.Answer(solution));
}
