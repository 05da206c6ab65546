using InferenceServer.Evaluation.Measuring;
using InferenceServer.Shared;

namespace InferenceServer.Evaluation.Tests;

public class JournalTests
{
    private static readonly TrialOutcome Outcome = new(
        [new("a \"quoted\" text\n#### 5", "stop", 0.25) { Tokens = new([3, 1], [-0.1f, float.NaN], [0.3f, 1e-7f], [float.NaN, 0.5f], [2]) }, new("", "abstained", null) { AbstainedAt = "input" }],
        new(20, 5, 30, 60, 7, 8, 1.5e9, double.NaN, 12.25))
    {
        Attempts = ["one", "two"],
    };

    private static void AssertSame(TrialOutcome? outcome)
    {
        Assert.NotNull(outcome);
        Assert.Equal((Outcome.Bill, Outcome.Attempts.Count), (outcome.Bill, outcome.Attempts.Count));
        Assert.Equal(Outcome.Answers.Select(a => (a.Text, a.FinishReason, a.Score, a.AbstainedAt)), outcome.Answers.Select(a => (a.Text, a.FinishReason, a.Score, a.AbstainedAt)));
        TokenTrace expected = Outcome.Answers[0].Tokens!, tokens = outcome.Answers[0].Tokens!;
        Assert.Equal([.. expected.Ids, .. expected.StepEnds], [.. tokens.Ids, .. tokens.StepEnds]);
        Assert.Equal([.. expected.LogProbs, .. expected.Entropies, .. expected.Values], [.. tokens.LogProbs, .. tokens.Entropies, .. tokens.Values]);
        Assert.Null(outcome.Answers[1].Tokens);
    }

    [Fact]
    public void Find_AfterReopening_GivesWhatWasAdded()
    {
        using var folder = new TemporaryFolder();
        using (var journal = new Journal(folder.File("deep/journal.jsonl")))
            journal.Add("one", Outcome);
        using (var journal = new Journal(folder.File("deep/journal.jsonl")))
        {
            AssertSame(journal.Find("one"));
            Assert.Null(journal.Find("two"));
        }
    }

    [Fact]
    public void Constructor_LastLineCutOff_KeepsTheOthersAndGoesOn()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("journal.jsonl");
        using (var journal = new Journal(path))
        {
            journal.Add("one", Outcome);
            journal.Add("two", Outcome);
        }
        File.WriteAllText(path, File.ReadAllText(path)[..^20]);
        using (var journal = new Journal(path))
        {
            Assert.Null(journal.Find("two"));
            journal.Add("three", Outcome);
        }
        using (var journal = new Journal(path))
        {
            AssertSame(journal.Find("one"));
            Assert.Null(journal.Find("two"));
            AssertSame(journal.Find("three"));
        }
    }

    [Fact]
    public void Constructor_PathIsAFolder_SaysSo()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("journal", Assert.Throws<EvaluationException>(() => new Journal(folder.Path)).Message, StringComparison.Ordinal);
    }
}
