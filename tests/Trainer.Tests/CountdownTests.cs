using InferenceServer.Strategies.Answers;
using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Tests;

public sealed class CountdownTests
{
    private static readonly CountdownProblem[] Sample = [.. new CountdownTask(7).Problems(0, 300)];
    private static readonly CountdownProblem Example = new("Use 3, 7, 25 and 4 to make 54.", [3, 7, 25, 4], 54, 3, "");

    [Fact]
    public void Problem_WorkedSolution_ReachesTheTarget()
    {
        foreach (var problem in Sample)
        {
            var verdict = CountdownVerifier.Grade(problem, problem.Solution);
            Assert.True(verdict.Reached, $"{problem.Question}\n{problem.Solution}\n{verdict.Feedback}");
            Assert.InRange(verdict.Reward, 0.2, 1);
            Assert.Equal(problem.Target, AnswerExtractor.Extract(problem.Solution)!.Number);
        }
    }

    [Fact]
    public void Problem_WorkedSolutions_AreOfDifferentQuality()
    {
        double[] rewards = [.. Sample.Select(p => CountdownVerifier.Grade(p, p.Solution).Reward)];
        Assert.InRange(rewards.Count(r => r == 1), 150, 270);
        Assert.True(rewards.Distinct().Count() >= 3);
        Assert.All(Sample, p => Assert.InRange(p.Numbers.Count, 3, 5));
    }

    [Fact]
    public void Problem_SameSeedAndIndex_GivesTheSameProblemInAnyOrder()
    {
        var task = new CountdownTask(7);
        Assert.Equal(Sample[123].Question + Sample[123].Solution, task.Problem(123).Question + task.Problem(123).Solution);
        Assert.NotEqual(Sample[5].Question, new CountdownTask(8).Problem(5).Question);
    }

    [Fact]
    public void Problem_ExcludedQuestions_NeverOccur()
    {
        var excluded = Sample.Select(p => p.Question).ToHashSet();
        Assert.DoesNotContain(new CountdownTask(7, excluded).Problems(0, 100), p => excluded.Contains(p.Question));
    }

    [Theory]
    [InlineData(new[] { 3, 7, 25, 4 }, 28, 1)]
    [InlineData(new[] { 3, 7, 25, 4 }, 54, 2)]
    [InlineData(new[] { 2, 3, 5 }, 30, 2)]
    public void FewestOperations_Reachable_IsTheShortest(int[] numbers, int target, int expected) => Assert.Equal(expected, CountdownSolver.FewestOperations(numbers, target));

    [Theory]
    [InlineData(new[] { 2, 2, 2 }, 77)]
    [InlineData(new[] { 50, 50, 9 }, 4500)]
    public void FewestOperations_Unreachable_IsNull(int[] numbers, int target) => Assert.Null(CountdownSolver.FewestOperations(numbers, target));

    [Theory]
    [InlineData("25+4=29\n7*29: 7*20=140, 7*9=63, 140+63=203\n#### 54", "54 is not reached.")]
    [InlineData("25+4=30\n#### 54", "Step 1: 25+4 is not 30.")]
    [InlineData("25+4=29\n29+25: 29+20=49, 49+5=54\n#### 54", "Step 2: there is no 25 left.")]
    [InlineData("25+29=54\n#### 54", "Step 1: there is no 29 left.")]
    [InlineData("two and two\n#### 54", "Step 1: ")]
    [InlineData("#### 54", "54 is not reached.")]
    [InlineData("", "54 is not reached.")]
    [InlineData("25+4=29\n3*7=21\n29+21=50\n50+4=54\n#### 54", "Step 4: there is no 4 left.")]
    public void Grade_BrokenSolution_SaysWhatIsWrong(string solution, string expected)
    {
        var verdict = CountdownVerifier.Grade(Example, solution);
        Assert.False(verdict.Reached);
        Assert.Equal(0, verdict.Reward);
        Assert.StartsWith(expected, verdict.Feedback);
    }

    [Fact]
    public void Grade_TargetReachedButAnotherAnswer_IsRefused() =>
        Assert.Equal("The last line does not give the target.", CountdownVerifier.Grade(Example with { Target = 28 }, "4*7=28\n#### 29").Feedback);

    [Fact]
    public void Grade_MoreOperationsThanNeeded_RewardsLess()
    {
        var problem = Example with { Target = 28, FewestOperations = 1 };
        Assert.Equal(1, CountdownVerifier.Grade(problem, "25+3=28\n#### 28").Reward);
        Assert.Equal(0.5, CountdownVerifier.Grade(problem, "25+7=32\n32-4=28\n#### 28").Reward);
        // A step whose result is not used counts as well.
        Assert.Equal(0.5, CountdownVerifier.Grade(problem, "4*7=28\n25+3=28\n#### 28").Reward);
    }
}
