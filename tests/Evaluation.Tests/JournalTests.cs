using InferenceServer.Evaluation.Measuring;
using InferenceServer.Shared;

namespace InferenceServer.Evaluation.Tests;

public class JournalTests
{
    private static readonly ProblemOutcome Outcome = new(4, 3, 20, 5, 30, 60, 1.5e9, 12.25, "a \"quoted\" text\n#### 5");

    [Fact]
    public void Find_AfterReopening_GivesWhatWasAdded()
    {
        using var folder = new TemporaryFolder();
        using (var journal = new Journal(folder.File("deep/journal.jsonl")))
            journal.Add("one", Outcome);
        using (var journal = new Journal(folder.File("deep/journal.jsonl")))
        {
            Assert.Equal(Outcome, journal.Find("one"));
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
            Assert.Equal((Outcome, null, Outcome), (journal.Find("one"), journal.Find("two"), journal.Find("three")));
    }

    [Fact]
    public void Constructor_PathIsAFolder_SaysSo()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("journal", Assert.Throws<EvaluationException>(() => new Journal(folder.Path)).Message, StringComparison.Ordinal);
    }
}
