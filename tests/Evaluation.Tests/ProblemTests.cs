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
}
