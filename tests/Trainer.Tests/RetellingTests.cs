using System.Text.RegularExpressions;
using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Tests;

public sealed class RetellingTests
{
    private static readonly Phrasings Start = new("start", ["{name} has {n} {object}."]);
    private static readonly Phrasings Gain = new("gain", ["{name} buys {n} more {object}."]);
    private static readonly Phrasings Loss = new("loss", ["Then {name} loses {n} of the {object}."]);
    private static readonly Phrasings Thing = new("thing", ["{name} also has {n} {thing}."]);
    private static readonly Phrasings End = new("end", ["How many {object} does {name} have?"]);
    private static readonly Phrasings Cost = new("cost", ["How much does it cost {name}?"]);

    [Theory]
    [InlineData("Tom has 15 apples and buys 37 more. How many apples does he have?")]
    [InlineData("Tom has 15 apples. He buys 37 more apples. How many apples does Tom have?")]
    [InlineData("Tom has 15 apples. Tom buys 37 more. How many does Tom have?")]
    [InlineData("Tom has 15 apples today. Tom buys 37 more apples. How many apples does Tom have?")]
    public void Tell_TwoSentencesAboutOnePerson_AsAPersonWouldSayIt(string wanted) =>
        Assert.Contains(wanted, Tellings([Say(Start, "Tom", 15), Say(Gain, "Tom", 37)], Say(End, "Tom", 0)));

    [Fact]
    public void Tell_AStep_AfterThen_IsJoinedByThen() =>
        Assert.Contains("Anna has 15 apples, then loses 37 of them. How many apples does she have?", Tellings([Say(Start, "Anna", 15), Say(Loss, "Anna", 37)], Say(End, "Anna", 0)));

    [Fact]
    public void Tell_SmallNumbers_MayBeWords_AndLargeOnesStay()
    {
        var tellings = Tellings([Say(Start, "Tom", 5), Say(Gain, "Tom", 37)], Say(End, "Tom", 0));
        Assert.Contains(tellings, text => text.Contains("five", StringComparison.Ordinal));
        Assert.All(tellings, text => Assert.Contains("37", text, StringComparison.Ordinal));
    }

    [Fact]
    public void Tell_SomeoneKnownByTheirWork_IsIntroducedBeforeTheyAreKnown()
    {
        var tellings = Tellings([Say(Start, "the artist", 15), Say(Gain, "the artist", 37)], Say(End, "the artist", 0));
        Assert.Contains("An artist has 15 apples. The artist buys 37 more apples. How many apples does the artist have?", tellings);
        Assert.All(tellings, text => Assert.DoesNotContain("does an artist", text, StringComparison.Ordinal));
    }

    [Fact]
    public void Tell_APronoun_OnlyForThePersonOfTheSentenceBefore() =>
        Assert.All(Tellings([Say(Start, "Tom", 15), Say(Start, "Ben", 20), Say(Gain, "Tom", 37)], Say(End, "Ben", 0)), text => Assert.DoesNotMatch("(?i)\\bhe\\b", text));

    [Fact]
    public void Tell_AfterAnotherThing_AThingIsNamedAgain() =>
        Assert.All(Tellings([Say(Start, "Tom", 15), Say(Thing, "Tom", 20), Say(Gain, "Tom", 37)], Say(End, "Tom", 0)), text => Assert.Contains("37 more apples", text, StringComparison.Ordinal));

    [Fact]
    public void Tell_APersonWhoIsNotTheSubject_KeepsTheName() =>
        Assert.All(Tellings([Say(Start, "Tom", 15)], Say(Cost, "Tom", 0)), text => Assert.Contains("cost Tom?", text, StringComparison.Ordinal));

    [Fact]
    public void Problems_OfTraining_AreRetoldInPartOnly_AndReadAsSentences()
    {
        var problems = new WordProblemTask(1).Problems(0, 2_000).ToList();
        int retold = problems.Count(p => Regex.IsMatch(p.Question, "\\b([Hh]e|[Ss]he|his|her)\\b"));
        Assert.InRange(retold, 100, 1_000);
        foreach (var problem in problems)
        {
            Assert.Matches(@"^[A-Z0-9]", problem.Question);
            Assert.DoesNotMatch(@"[.?] [a-z]|  |\{|\}|, [A-Z][a-z]+ (he|she) |\bthe the\b", problem.Question);
        }
    }

    [Fact]
    public void Problems_HeldOut_AreNotRetold() =>
        Assert.All(new WordProblemTask(2, Split.HeldOutTemplates).Problems(0, 500), p => Assert.DoesNotMatch("(?i)\\b(he|she|his|the baker|the farmer)\\b", p.Question));

    [Fact]
    public void Numerals_OfAText_AreReadInDigitsAndInWords_AndOneIsAPronoun() =>
        Assert.Equal([5, 37, 12], Numerals.In("Five friends have 37 apples, each one twelve seeds; 99999999999 is none."));

    private static HashSet<string> Tellings(Sentence[] story, Sentence question) =>
        [.. Enumerable.Range(0, 4_000).Select(i => Retelling.Tell(story, question, new ProblemRandom(3, (ulong)i)))];

    private static Sentence Say(Phrasings kind, string name, int number) =>
        new(kind, kind.All.First(), [("name", name), ("n", Quantity.Given(number)), ("object", "apples"), ("thing", "pears")]);
}
