using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Tests;

public sealed class ProblemDraftTests
{
    private static readonly Phrasings Has = new("test.has", ["{name} has {n} pens."]), More = new("test.more", ["{name} has {n} more than {other}."]), Asks = new("test.ask", ["How many pens has {name}?"]);

    [Theory]
    [InlineData(1, false)]
    [InlineData(3, false)]
    [InlineData(4, true)]
    [InlineData(5, true)]
    public void TryArrange_HarderTiers_SayLaterWhatAnEarlierSentenceNeeds(int tier, bool outOfOrder)
    {
        int arranged = 0;
        foreach (var family in WordProblemTask.TrainedFamilies)
        {
            if (!outOfOrder && (family == Prices.Family || family == Times.Family))
                continue; // A price follows its purchase and a plan its jobs' times in every tier.
            for (ulong seed = 0; seed < 200; seed++)
            {
                var draft = new ProblemDraft(new ProblemRandom(5, seed), tier, Split.Training);
                family.Draw(draft);
                if (!draft.TryArrange())
                    continue;
                arranged++;
                Assert.Equal(outOfOrder, draft.Answer.Needed().Where(q => q.IsComputed).Any(q => Place(draft, q.Left!) > Place(draft, q) || Place(draft, q.Right!) > Place(draft, q)));
            }
        }
        Assert.InRange(arranged, 200, 1200);
    }

    [Fact]
    public void TryArrange_AnswerToldInTheText_IsRefused()
    {
        // 4 + 4 more is 8, and 8 pens of someone else stand in the text.
        Assert.False(TwoPens(4, 4, 8).TryArrange());
        Assert.True(TwoPens(4, 4, 9).TryArrange());
    }

    [Theory]
    [InlineData(3, '-', 5)]
    [InlineData(5, '-', 5)]
    [InlineData(7, '/', 2)]
    [InlineData(9, '*', 60)]
    public void Compute_ResultsThatAreNoSensibleAmount_FailTheDraft(int a, char op, int b)
    {
        var draft = new ProblemDraft(new ProblemRandom(1, 1), 1, Split.Training);
        Quantity left = Quantity.Given(a), right = Quantity.Given(b);
        draft.State(Has, null, ("name", "Ben"), ("n", left));
        _ = op switch { '-' => draft.Subtract("x", left, right), '/' => draft.Divide("x", left, right), _ => draft.Multiply("x", left, right) };
        Assert.True(draft.Failed);
        Assert.False(draft.TryArrange());
    }

    private static ProblemDraft TwoPens(int base1, int more, int other)
    {
        var draft = new ProblemDraft(new ProblemRandom(1, 1), 1, Split.Training);
        Quantity n = Quantity.Given(base1), m = Quantity.Given(more);
        draft.State(Has, null, ("name", "Ben"), ("n", n));
        draft.State(More, null, ("name", "Tom"), ("n", m), ("other", "Ben"));
        var tom = draft.Add("Tom", n, m);
        draft.State(Has, null, ("name", "Eve"), ("n", Quantity.Given(other)));
        draft.Ask(Asks, null, ("name", "Tom"));
        draft.Is(tom);
        return draft;
    }

    private static int Place(ProblemDraft draft, Quantity quantity)
    {
        var story = draft.Story.Append(draft.Question).ToList();
        return quantity.IsComputed ? story.IndexOf(quantity.Sentence!) : story.FindIndex(s => s.Slots.Any(slot => ReferenceEquals(slot.Value, quantity)));
    }
}
