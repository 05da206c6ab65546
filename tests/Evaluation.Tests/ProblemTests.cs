using System.Globalization;
using InferenceServer.Shared;

namespace InferenceServer.Evaluation.Tests;

public class ProblemTests
{
    private static IReadOnlyList<Problem> Load(string text, int count = 100)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("problems.jsonl"), text);
        return ProblemFile.Load(folder.File("problems.jsonl"), count);
    }

    [Fact]
    public void Load_StringsNumbersAndWorkedAnswers_KeepsTheFinalAnswer() => Assert.Equal(
        [new("one?", "1"), new("two?", "2.5") { Family = "x" }, new("three?", "3")],
        Load("{\"question\":\"one?\",\"answer\":\"1\"}\n\n{\"question\":\"two?\",\"answer\":2.5,\"family\":\"x\"}\n{\"question\":\"three?\",\"answer\":\"1+2=<<1+2=3>>3\\n#### 3\"}\n"));

    [Fact]
    public void Load_Count_TakesTheFirst() => Assert.Equal([new("one?", "1")], Load("{\"question\":\"one?\",\"answer\":1}\n{not json}\n", count: 1));

    [Theory]
    [InlineData("{\"question\":\"one?\",\"answer\":1}\n{\"question\":\"two?\"}", "line 2", "\"question\"")]
    [InlineData("{\"question\":\"one?\",\"answer\":[1]}", "line 1", "\"answer\"")]
    [InlineData("\n{\"question\"", "line 2", "no JSON")]
    [InlineData("7", "line 1", "expected")]
    [InlineData("[]", "problems.jsonl", "no problems")]
    [InlineData("[{\"question\":\"one?\",\"answer\":1},{}]", "problem 2", "\"Body\"")]
    [InlineData("\n", "problems.jsonl", "no problems")]
    public void Load_BadLine_NamesItAndWhatIsExpected(string text, params string[] expected)
    {
        string message = Assert.Throws<EvaluationException>(() => Load(text)).Message;
        Assert.All(expected, part => Assert.Contains(part, message, StringComparison.Ordinal));
    }

    [Fact]
    public void Load_SvampArray_PutsTheBodyBeforeTheQuestion() => Assert.Equal(
        [new("Ann has 3 eggs. How many?", "3"), new("Bo has 2. How many?", "2.0")],
        Load(" [{\"ID\":\"a\",\"Body\":\"Ann has 3 eggs\",\"Question\":\"How many?\",\"Answer\":3},{\"Body\":\"Bo has 2.\",\"Question\":\"How many?\",\"Answer\":2.0}]"));

    [Fact]
    public void Load_Countdown_GradesByRunning()
    {
        Problem problem = Assert.Single(Load("{\"question\":\"Make 70 from 15, 4 and 10.\",\"answer\":\"70\",\"numbers\":[15,4,10],\"fewest_operations\":2}"));
        Assert.Equal((1, 0, 0), (problem.Grade("15*4=60\n60+10=70\n#### 70"), problem.Grade("15*4=60\n#### 70"), problem.Grade("#### 70")));
    }

    [Fact]
    public void Load_Csv_FillsPlaceholders()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("mawps.csv"), "Question,Numbers,Equation,Answer\n\"Dan has number0 cups, and buys number1 . How many?\",12 3.5,+ number0 number1,15.5\n");
        Assert.Equal([new("Dan has 12 cups, and buys 3.5 . How many?", "15.5")], ProblemFile.Load(folder.File("mawps.csv"), 5));
        File.WriteAllText(folder.File("bad.csv"), "Question,Result\none?,1\n");
        string message = Assert.Throws<EvaluationException>(() => ProblemFile.Load(folder.File("bad.csv"), 5)).Message;
        Assert.Contains("row 2", message, StringComparison.Ordinal);
        Assert.Contains("Answer", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_SampleOfEverydayQuestions_HasANumberForEach() =>
        Assert.All(ProblemFile.Load(Path.Combine(RepositoryRoot.Path, "samples", "everyday.jsonl"), 50), problem => Assert.True(int.TryParse(problem.Answer, CultureInfo.InvariantCulture, out _), problem.Question));

    [Fact]
    public void Load_NoFile_SaysSo() => Assert.Contains("nowhere.jsonl", Assert.Throws<EvaluationException>(() => ProblemFile.Load("nowhere.jsonl", 1)).Message, StringComparison.Ordinal);

    [Fact]
    public void Generate_Seed_GivesTheSameDifferentProblems()
    {
        IReadOnlyList<Problem> problems = Problem.Generate(2, 50);
        Assert.Equal(problems, Problem.Generate(2, 50));
        Assert.Equal(50, problems.Distinct().Count());
        Assert.All(problems, p => Assert.True(int.TryParse(p.Answer, out _)));
    }

    [Theory]
    [InlineData("templates", 1000, 0)]
    [InlineData("families", 300, 0)]
    [InlineData("unknown", 500, 250)]
    [InlineData("countdown", 300, 0)]
    public void Load_ShippedHeldOutSet_ReadsEveryProblem(string set, int count, int unknown)
    {
        IReadOnlyList<Problem> problems = ProblemFile.Load(Path.Combine(RepositoryRoot.Path, "recipes", "held-out", $"{set}.jsonl"), int.MaxValue);
        Assert.Equal(count, problems.Count);
        Assert.Equal(unknown, problems.Count(p => p.Answer == "unknown"));
        Assert.All(problems, p => Assert.True(p.Answer == "unknown" || int.TryParse(p.Answer, out _), p.Answer));
    }
}
