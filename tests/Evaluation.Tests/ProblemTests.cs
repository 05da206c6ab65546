using InferenceServer.Shared;

namespace InferenceServer.Evaluation.Tests;

public class ProblemTests
{
    private static IReadOnlyList<Problem> Load(string text, int count = 100)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("problems.jsonl"), text);
        return Problem.Load(folder.File("problems.jsonl"), count);
    }

    [Fact]
    public void Load_StringsNumbersAndWorkedAnswers_KeepsTheFinalAnswer() => Assert.Equal(
        [new("one?", "1"), new("two?", "2.5"), new("three?", "3")],
        Load("{\"question\":\"one?\",\"answer\":\"1\"}\n\n{\"question\":\"two?\",\"answer\":2.5,\"family\":\"x\"}\n{\"question\":\"three?\",\"answer\":\"1+2=<<1+2=3>>3\\n#### 3\"}\n"));

    [Fact]
    public void Load_Count_TakesTheFirst() => Assert.Equal([new("one?", "1")], Load("{\"question\":\"one?\",\"answer\":1}\n{not json}\n", count: 1));

    [Theory]
    [InlineData("{\"question\":\"one?\",\"answer\":1}\n{\"question\":\"two?\"}", "line 2", "\"question\"")]
    [InlineData("{\"question\":\"one?\",\"answer\":[1]}", "line 1", "\"answer\"")]
    [InlineData("\n{\"question\"", "line 2", "no JSON")]
    [InlineData("[]", "line 1", "expected")]
    [InlineData("\n", "problems.jsonl", "no problems")]
    public void Load_BadLine_NamesItAndWhatIsExpected(string text, params string[] expected)
    {
        string message = Assert.Throws<EvaluationException>(() => Load(text)).Message;
        Assert.All(expected, part => Assert.Contains(part, message, StringComparison.Ordinal));
    }

    [Fact]
    public void Load_NoFile_SaysSo() => Assert.Contains("nowhere.jsonl", Assert.Throws<EvaluationException>(() => Problem.Load("nowhere.jsonl", 1)).Message, StringComparison.Ordinal);

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
        IReadOnlyList<Problem> problems = Problem.Load(Path.Combine(RepositoryRoot.Path, "recipes", "held-out", $"{set}.jsonl"), int.MaxValue);
        Assert.Equal(count, problems.Count);
        Assert.Equal(unknown, problems.Count(p => p.Answer == "unknown"));
        Assert.All(problems, p => Assert.True(p.Answer == "unknown" || int.TryParse(p.Answer, out _), p.Answer));
    }
}
