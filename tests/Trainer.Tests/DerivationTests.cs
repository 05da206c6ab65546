using InferenceServer.Trainer.Formats;
using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Tests;

public sealed class DerivationTests
{
    private static readonly Phrasings Kind = new("kind", ["{n}."]);

    private static Sentence Fact(params (string, object)[] slots) => new(Kind, new Template("kind.1", "{n}.", false), slots) { IsFact = true };

    private static Sentence Event(params (string, object)[] slots) => new(Kind, new Template("kind.1", "{n}.", false), slots);

    [Fact]
    public void Of_ChainOfFacts_GoesDownToWhatIsToldFirst()
    {
        Quantity ben = Quantity.Given(10), more = Quantity.Given(5), less = Quantity.Given(3);
        var tom = Quantity.Computed(15, "Tom", ben, '+', more, Fact(("n", more)));
        var ann = Quantity.Computed(12, "Ann", tom, '-', less, Fact(("n", less)));
        var total = Quantity.Computed(22, "total", ben, '+', ann, Event());
        Assert.Equal(["total from Ann from Tom: 10+5=15", "Ann: 15-3=12", "total: 10+12=22"], Text(Derivation.Of(total)));
    }

    [Fact]
    public void Of_SecondOperand_IsReachedFromItsGoalOnceTheFirstIsKnown()
    {
        Quantity bags = Quantity.Given(2), sacks = Quantity.Given(3), three = Quantity.Given(3), four = Quantity.Given(4);
        var first = Quantity.Computed(6, "bags", bags, '*', three, Event());
        var second = Quantity.Computed(12, "sacks", sacks, '*', four, Event());
        var total = Quantity.Computed(18, "total", first, '+', second, Event());
        Assert.Equal(["total from bags: 2*3=6", "total from sacks: 3*4=12", "total: 6+12=18"], Text(Derivation.Of(total)));
    }

    [Fact]
    public void Of_EventsOfOneThing_StandInTheirOrderAndAreNoChain()
    {
        Quantity start = Quantity.Given(10), gain = Quantity.Given(5), boxes = Quantity.Given(2), each = Quantity.Given(4);
        var after = Quantity.Computed(15, "Tom", start, '+', gain, Event(("n", gain)));
        var other = Quantity.Computed(8, "Ann", boxes, '*', each, Fact(("n", each)));
        var end = Quantity.Computed(7, "Tom", after, '-', other, Event());
        Assert.Equal(["Tom: 10+5=15", "Tom from Ann: 2*4=8", "Tom: 15-8=7"], Text(Derivation.Of(end)));
    }

    [Fact]
    public void Of_PartNeededTwice_IsWorkedOutOnce()
    {
        Quantity ben = Quantity.Given(10), more = Quantity.Given(5);
        var tom = Quantity.Computed(15, "Tom", ben, '+', more, Fact(("n", more)));
        var ann = Quantity.Computed(25, "Ann", tom, '+', ben, Fact());
        var total = Quantity.Computed(40, "total", ann, '+', tom, Event());
        Assert.Equal(["total from Ann from Tom: 10+5=15", "Ann: 15+10=25", "total: 25+15: 25+10=35, 35+5=40"], Text(Derivation.Of(total)));
    }

    [Fact]
    public void Of_FactThatDoesNotTell_IsMissedWhenItIsRead()
    {
        Quantity ben = Quantity.Given(10), less = Quantity.Given(4), more = Quantity.Given(5), last = Quantity.Given(1);
        var eve = Quantity.Computed(6, "Eve", ben, '-', less, Fact(("n", less)));
        var fact = Fact(("n", more));
        var tom = Quantity.Computed(11, "Tom", eve, '+', more, fact);
        var derivation = Derivation.Of(Quantity.Computed(10, "Ann", tom, '-', last, Fact(("n", last))), more, fact);
        // Eve's number is known from Ben's, and of no use.
        Assert.Equal(([], "Ann from Tom"), (Text(derivation), derivation.Missed));
    }

    [Fact]
    public void Of_EventThatDoesNotTell_IsMissedAfterThoseBeforeIt()
    {
        Quantity start = Quantity.Given(10), gain = Quantity.Given(5), loss = Quantity.Given(2), end = Quantity.Given(1);
        var after = Quantity.Computed(15, "Tom", start, '+', gain, Event(("n", gain)));
        var vague = Event(("n", loss));
        var later = Quantity.Computed(13, "Tom", after, '-', loss, vague);
        var derivation = Derivation.Of(Quantity.Computed(12, "Tom", later, '-', end, Event(("n", end))), loss, vague);
        Assert.Equal(["Tom: 10+5=15"], Text(derivation));
        Assert.Equal("Tom", derivation.Missed);
    }

    [Fact]
    public void Of_FactOnAnOperandOfAnEvent_IsMissedForTheEvent()
    {
        Quantity start = Quantity.Given(10), boxes = Quantity.Given(2), each = Quantity.Given(4);
        var fact = Fact(("k", boxes), ("n", each));
        var other = Quantity.Computed(8, "Ann", boxes, '*', each, fact);
        var derivation = Derivation.Of(Quantity.Computed(18, "Tom", start, '+', other, Event()), each, fact);
        Assert.Equal(([], "Tom from Ann"), (Text(derivation), derivation.Missed));
    }

    [Fact]
    public void Of_NothingMissing_MissesNothing() =>
        Assert.Null(Derivation.Of(Quantity.Computed(15, "Tom", Quantity.Given(10), '+', Quantity.Given(5), Event())).Missed);

    [Fact]
    public void Of_EveryProblem_GoesOnFromTheStepBeforeUnlessAGoalIsNamed()
    {
        foreach (var problem in new WordProblemTask(12).Problems(0, 1000))
            for (int i = 1; i < problem.Steps.Count; i++)
            {
                var (left, _, right) = SolutionFlaw.Operation(problem.Steps[i])!.Value;
                Assert.True(problem.Steps[i].Goal is not null || left == problem.Steps[i - 1].Value || right == problem.Steps[i - 1].Value, problem.Solution);
            }
    }

    private static string[] Text(Derivation derivation) => [.. derivation.Steps.Select(step => step.Text)];
}
