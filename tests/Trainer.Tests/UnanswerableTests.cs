using System.Text.RegularExpressions;
using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Tests;

public sealed partial class UnanswerableTests
{
    private static readonly WordProblem[] Mixed = [.. new WordProblemTask(41).Problems(0, 8000)];

    [GeneratedRegex(@"\b(several|some)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Vague();

    [Fact]
    public void UnanswerableShare_ByDefault_IsAboutASixthInTrainingAndNothingElsewhere()
    {
        Assert.InRange(Mixed.Count(p => p.Answer is null), Mixed.Length * 0.16, Mixed.Length * 0.20);
        Assert.All((Split[])[Split.HeldOutTemplates, Split.HeldOutFamilies], split => Assert.DoesNotContain(new WordProblemTask(41, split).Problems(0, 500), p => p.Answer is null));
    }

    [Theory]
    [InlineData(Split.Training)]
    [InlineData(Split.HeldOutTemplates)]
    [InlineData(Split.HeldOutFamilies)]
    public void UnanswerableShare_OfOne_MakesEveryProblemUnanswerable(Split split) =>
        Assert.All(new WordProblemTask(42, split) { UnanswerableShare = 1 }.Problems(0, 1000), problem =>
        {
            Assert.Null(problem.Answer);
            Assert.Matches(@"^(how|when) [A-Za-z' ]+$", problem.Missing!);
            Assert.EndsWith($"missing: {problem.Missing}\n#### unknown", problem.Solution);
            Assert.Equal(problem.Why == UnanswerableKind.NeverMentioned, problem.MissedFor is null);
            Assert.All(problem.Steps, step => Assert.True(StepVerifier.CheckStep(step.Text).Holds));
            Assert.True(StepVerifier.Grade(problem, problem.Solution).Passed);
            Assert.True(StepVerifier.Check(problem.Solution).Passed);
        });

    [Fact]
    public void Steps_OfANewcomerInTheQuestion_AreNone() =>
        Assert.All(Mixed.Where(p => p.Why == UnanswerableKind.NeverMentioned), problem => Assert.Empty(problem.Steps));

    [Fact]
    public void Problem_WithAndWithoutAnswer_AreTheSameStoryOtherwise()
    {
        // The same drafts, told with and without their answer: what differs is one sentence that is vague, gone or twice there, or a word of the question.
        var answerable = new WordProblemTask(43) { UnanswerableShare = 0 };
        var unanswerable = new WordProblemTask(43) { UnanswerableShare = 1 };
        int vague = 0, gone = 0, twice = 0, other = 0;
        for (int i = 0; i < 1500; i++)
        {
            WordProblem with = answerable.Problem(i), without = unanswerable.Problem(i);
            if (with.Family != without.Family || with.Tier != without.Tier || Math.Abs(with.Templates.Count - without.Templates.Count) > 1 || with.Templates[^1] != without.Templates[^1])
                continue; // The first draft had no way to be made unanswerable.
            if (without.Templates.Count < with.Templates.Count)
                gone++;
            else if (without.Templates.Count > with.Templates.Count)
                twice++;
            else if (LastSentence(with) != LastSentence(without))
                other++;
            else if (Vague().Count(without.Question) == Vague().Count(with.Question) + 1)
                vague++;
        }
        Assert.All((int[])[vague, gone, twice, other], count => Assert.InRange(count, 75, 900));
    }

    [Fact]
    public void Why_OfEveryKind_OccursAndOnlyWithoutAnAnswer()
    {
        Assert.Equal(Enum.GetValues<UnanswerableKind>(), Mixed.Select(p => p.Why).OfType<UnanswerableKind>().Distinct().Order());
        Assert.All(Mixed, problem => Assert.Equal(problem.Answer is null, problem.Why is not null));
        Assert.All(Mixed.Where(p => p.Why == UnanswerableKind.VagueNumber), problem => Assert.Matches(Vague(), problem.Question));
    }

    [Fact]
    public void Problem_VagueWords_DoNotGiveItAway()
    {
        foreach (var tier in Mixed.GroupBy(p => p.Tier))
            Assert.InRange(tier.Where(p => p.Answer is not null).Average(p => Vague().IsMatch(p.Question) ? 1.0 : 0), tier.Key == 1 ? 0.1 : 0.25, 0.7);
    }

    [Fact]
    public void ValueIfLarger_NumberThatCancelsOut_ChangesNothing()
    {
        // "Tom has 5 more than Emma": the difference is known although Emma's number is not.
        Quantity emma = Quantity.Given(10), more = Quantity.Given(5);
        var sentence = new Sentence(new Phrasings("x", ["{n}"]), new Template("x.1", "{n}", false), [("n", emma)]);
        var tom = Quantity.Computed(15, "Tom", emma, '+', more, sentence);
        var difference = Quantity.Computed(5, "difference", tom, '-', emma, sentence);
        Assert.Equal(5, difference.ValueIfLarger(emma));
        Assert.Equal(6, difference.ValueIfLarger(more));
        Assert.Equal([emma, more, tom, difference], difference.Needed());
    }

    private static string LastSentence(WordProblem problem) => problem.Question[(problem.Question.LastIndexOf(". ", StringComparison.Ordinal) + 1)..];
}
