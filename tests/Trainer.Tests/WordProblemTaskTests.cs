using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Tests;

public sealed class WordProblemTaskTests
{
    private static readonly WordProblem[] Sample = [.. new WordProblemTask(7).Problems(0, 3000)];

    [Fact]
    public void Problem_WorkedSolution_PassesBothJudges()
    {
        foreach (var problem in Sample)
        {
            Assert.Equal(new Verdict(true, null, null), StepVerifier.Check(problem.Solution));
            Assert.Equal(new Verdict(true, null, null), StepVerifier.Grade(problem, problem.Solution));
        }
    }

    [Fact]
    public void Problem_AnswerAndValues_AgreeAndStayInRange()
    {
        foreach (var problem in Sample)
        {
            Assert.Equal(problem.Answer, problem.Steps[^1].Value);
            Assert.All(problem.Steps, step => Assert.InRange(step.Value, 0, Worksheet.Largest));
        }
    }

    [Fact]
    public void Problem_EveryNumberOfTheSolution_IsInTheQuestionOrFollowsFromIt()
    {
        // Operands of the planned operation: a number told, a value computed before, or the 2 of "half" and "double".
        foreach (var problem in Sample)
        {
            var known = System.Text.RegularExpressions.Regex.Matches(problem.Question, @"\d+").Select(m => int.Parse(m.Value)).Append(2).ToHashSet();
            foreach (var step in problem.Steps)
            {
                Assert.All(System.Text.RegularExpressions.Regex.Matches(step.Equation.Split('=')[0], @"\d+"), m => Assert.Contains(int.Parse(m.Value), known));
                known.Add(step.Value);
            }
        }
    }

    [Fact]
    public void Problem_StepCountsAndFamilies_AreAboutUniform()
    {
        Assert.All(Enumerable.Range(1, WordProblemTask.Tiers), steps => Assert.InRange(Sample.Count(p => p.Steps.Count == steps), 500, 700));
        Assert.All((string[])[ChainProblems.Family, ComparisonProblems.Family, ShopProblems.Family], family => Assert.InRange(Sample.Count(p => p.Family == family), 900, 1100));
    }

    [Fact]
    public void Problem_SameSeedAndIndex_GivesTheSameProblemInAnyOrder()
    {
        var task = new WordProblemTask(7);
        Assert.Equal(Sample[1234].Question, task.Problem(1234).Question);
        Assert.Equal(Sample[5].Solution, task.Problem(5).Solution);
    }

    [Fact]
    public void Problem_AnotherSeed_GivesOtherProblems()
    {
        var seen = Sample.Select(p => p.Question).ToHashSet();
        Assert.InRange(new WordProblemTask(8).Problems(0, 3000).Count(p => seen.Contains(p.Question)), 0, 30);
    }

    [Fact]
    public void Problem_ExcludedQuestions_NeverOccur()
    {
        // Excluding what the stream itself would give is the hardest case: each of them must be replaced.
        var excluded = Sample.Select(p => p.Question).ToHashSet();
        Assert.DoesNotContain(new WordProblemTask(7, Split.Training, excluded).Problems(0, 500), p => excluded.Contains(p.Question));
    }

    [Theory]
    [InlineData(87, 46, "87+46=120+13=133")]
    [InlineData(13, 24, "13+24=37")]
    [InlineData(8, 7, "8+7=15")]
    public void Worksheet_Add_WritesCarriesOut(int a, int b, string expected) => Assert.Equal(expected, Written(sheet => sheet.Add("x", a, b)));

    [Theory]
    [InlineData(52, 17, "52-17=42-7=35")]
    [InlineData(57, 12, "57-12=45")]
    public void Worksheet_Subtract_WritesBorrowsOut(int a, int b, string expected) => Assert.Equal(expected, Written(sheet => sheet.Subtract("x", a, b)));

    [Theory]
    [InlineData(3, 13, "3*13=30+9=39")]
    [InlineData(3, 20, "3*20=60")]
    [InlineData(7, 8, "7*8=56")]
    public void Worksheet_Multiply_WritesTensAndOnesOut(int k, int n, string expected) => Assert.Equal(expected, Written(sheet => sheet.Multiply("x", k, n)));

    [Fact]
    public void Worksheet_ImpossibleResults_AreRejected()
    {
        var sheet = new Worksheet();
        Assert.Throws<ProblemRejectedException>(() => sheet.Subtract("x", 3, 5));
        Assert.Throws<ProblemRejectedException>(() => sheet.Divide("x", 7, 2));
        Assert.Throws<ProblemRejectedException>(() => sheet.Multiply("x", 9, 99));
        Assert.Empty(sheet.Steps);
    }

    private static string Written(Action<Worksheet> work)
    {
        var sheet = new Worksheet();
        work(sheet);
        return sheet.Steps.Single().Equation;
    }
}
