using System.Text.RegularExpressions;
using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Tests;

public sealed partial class TemplateTests
{
    private static readonly Template[] Trained = [.. WordProblemTask.TrainedFamilies.SelectMany(f => f.Phrasings).Concat(Distractors.Phrasings).SelectMany(p => p.All)];
    private static readonly Template[] OtherFamilies = [.. WordProblemTask.HeldOutFamilies.SelectMany(f => f.Phrasings).SelectMany(p => p.All)];
    private static readonly Dictionary<string, Template> ById = Trained.Concat(OtherFamilies).ToDictionary(t => t.Id);

    [GeneratedRegex("[A-Za-z']+")]
    private static partial Regex Word();

    [GeneratedRegex("{[^}]*}")]
    private static partial Regex Slot();

    [Fact]
    public void Templates_OfTrainedFamilies_AreManyAndSomeOfEveryKindArePutAside()
    {
        Assert.InRange(Trained.Count(t => !t.HeldOut), 500, 1000);
        Assert.InRange(Trained.Count(t => t.HeldOut), 90, 200);
    }

    [Fact]
    public void HeldOutTemplates_Texts_AreThoseOfNoOther() =>
        Assert.Empty(Trained.Where(t => t.HeldOut).Select(Shape).Intersect(Trained.Where(t => !t.HeldOut).Select(Shape)));

    /// <summary>The text without the slots' names, which a reader does not see.</summary>
    private static string Shape(Template template) => Slot().Replace(template.Text, "_");

    [Theory]
    [InlineData(Split.Training)]
    [InlineData(Split.HeldOutTemplates)]
    [InlineData(Split.HeldOutFamilies)]
    public void Templates_ThatASplitMayUse_AllOccurAndNoOthersDo(Split split)
    {
        var used = new WordProblemTask(31, split).Problems(0, 20000).SelectMany(p => p.Templates).ToHashSet();
        var allowed = split switch
        {
            Split.Training => Trained.Where(t => !t.HeldOut),
            Split.HeldOutTemplates => Trained.Where(IsInHeldOutSets),
            _ => OtherFamilies.Concat(Trained.Where(t => !t.HeldOut && IsInHeldOutSets(t) && t.Id.StartsWith("extra.", StringComparison.Ordinal))),
        };
        Assert.Equal(allowed.Select(t => t.Id).Order(StringComparer.Ordinal), used.Order(StringComparer.Ordinal));
    }

    /// <summary>Those that training was widened with stay out of the held-out sets, whose questions are fixed.</summary>
    private static bool IsInHeldOutSets(Template template) => char.IsDigit(template.Id[template.Id.LastIndexOf('.') + 1]);

    [Fact]
    public void HeldOutTemplates_EveryProblem_HasOneThatIsHeldOut()
    {
        var task = new WordProblemTask(32, Split.HeldOutTemplates);
        Assert.All(task.Problems(0, 3000), p => Assert.Contains(p.Templates, id => ById[id].HeldOut));
    }

    [Fact]
    public void HeldOutTemplates_Words_AllOccurInTrainingQuestions()
    {
        var seen = new WordProblemTask(33).Problems(0, 20000).SelectMany(p => Word().Matches(p.Question)).Select(m => m.Value.ToLowerInvariant()).ToHashSet();
        foreach (var template in Trained.Where(t => t.HeldOut).Concat(OtherFamilies))
            Assert.All(Word().Matches(Slot().Replace(template.Text, "").Replace("'s ", " ", StringComparison.Ordinal)), word => Assert.Contains(word.Value.ToLowerInvariant(), seen));
    }

    [Theory]
    [InlineData("{name} buys a {item}.", "Ben buys an egg.")]
    [InlineData("A {item} costs {n} dollars.", "An egg costs 5 dollars.")]
    [InlineData("{item} and a {other}", "Egg and a pen")]
    [InlineData("{n} of {name}'s", "5 of Ben's")]
    public void Fill_Slots_TakesTheRightArticleAndACapital(string text, string expected) =>
        Assert.Equal(expected, new Template("x", text, heldOut: false).Fill([("name", "Ben"), ("item", "egg"), ("other", "pen"), ("n", 5)]));

    [Fact]
    public void Fill_SlotWithoutAValue_SaysWhichOne() =>
        Assert.Contains("'who'", Assert.Throws<KeyNotFoundException>(() => new Template("x", "{who} runs.", heldOut: false).Fill([("name", "Ben")])).Message);
}
