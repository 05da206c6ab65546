using InferenceServer.Modeling.Text;
using InferenceServer.Shared;
using InferenceServer.Trainer.Data;
using InferenceServer.Trainer.Recipes;
using InferenceServer.Trainer.Stages;

namespace InferenceServer.Trainer.Tests;

public sealed class TrainingStreamTests : IDisposable
{
    private static readonly DataRecipe Shipped = Recipe.Load(TestAssembly.RepositoryPath("recipes", "reasoner.json")).Data;
    private static readonly HashSet<string> Nothing = [];
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Example_SameSeedAndIndex_GivesTheSameExampleInAnyOrder()
    {
        TrainingStream a = new(Shipped, 1000, Nothing), b = new(Shipped, 1000, Nothing);
        string[] forward = [.. a.Examples(0, 50).Select(e => e.Text.Prompt + e.Text.Target)];
        Assert.Equal(forward.Reverse(), Enumerable.Range(0, 50).Reverse().Select(i => b.Example(i)).Select(e => e.Text.Prompt + e.Text.Target));
        Assert.True(forward.Distinct().Count() > 45);
        Assert.NotEqual(forward, new TrainingStream(Shipped with { TrainingSeed = 9 }, 1000, Nothing).Examples(0, 50).Select(e => e.Text.Prompt + e.Text.Target));
    }

    [Fact]
    public void Examples_Kinds_ComeInTheRecipesShares()
    {
        var stream = new TrainingStream(Shipped, 1, Nothing);
        var kinds = stream.Examples(10, 3000).CountBy(e => e.Kind).ToDictionary();
        Assert.Equal(stream.Kinds.Order(), kinds.Keys.Order());
        Assert.InRange(kinds[TrainingStream.Countdown] / 3000.0, Shipped.CountdownShare - 0.02, Shipped.CountdownShare + 0.02);
        // A problem that does not suit its format is written directly, so a share may fall a little short.
        foreach (var (name, share) in Shipped.FormatShares)
            Assert.InRange(kinds[name] / 3000.0, 0.75 * share - 0.015, share + 0.02);
    }

    [Fact]
    public void Examples_OfTheEasyPart_AreOfTheEasyTiersOnly()
    {
        const int Count = 600;
        var stream = new TrainingStream(Shipped with { EasyShare = 0.5, EasyTiers = 2, CountdownShare = 0, FormatShares = new Dictionary<string, double>() }, Count, Nothing);
        double Length(int start) => stream.Examples(start, Count / 2).Average(e => e.Text.Target.Length);
        Assert.InRange(Length(0), 0, 0.7 * Length(Count / 2));
    }

    [Fact]
    public void Examples_HeldOutQuestions_NeverOccur()
    {
        // What the stream itself would give is the hardest case.
        var excluded = new TrainingStream(Shipped, 1, Nothing).Examples(0, 300).Select(e => e.Question).ToHashSet();
        Assert.DoesNotContain(new TrainingStream(Shipped, 1, excluded).Examples(0, 300), e => excluded.Contains(e.Question));
    }

    [Fact]
    public void Examples_OneKind_AreOfThatKindOnly() =>
        Assert.All(new TrainingStream(Shipped, 1, Nothing).Examples("feedback", 0, 20), e => Assert.Equal("feedback", e.Kind));

    [Fact]
    public void Sequence_Example_IsWhatTheServerEncodesThenTheTargetAndTheEnd()
    {
        var run = Run(contextLength: 1024);
        foreach (var example in run.TrainingStream.Examples(0, 100))
        {
            var sequence = run.Sequence(example.Text);
            int[] served = ChatTemplate.Default.Encode(run.Tokenizer, example.Text.Messages);
            Assert.Equal(served, sequence.Ids[..served.Length]);
            Assert.Equal(example.Text.Given, run.Tokenizer.Decode(sequence.Ids.AsSpan(served.Length..sequence.PromptLength)));
            Assert.Equal(run.EndOfText, sequence.Ids[^1]);
            Assert.Equal(example.Text.Target, run.Tokenizer.Decode(sequence.Ids.AsSpan(sequence.PromptLength..^1)));
        }
    }

    [Fact]
    public void Sequence_ExampleLongerThanTheContext_GivesItsPlaceToAnother()
    {
        var run = Run(contextLength: 150);
        var stream = run.TrainingStream;
        int replaced = 0;
        for (int i = 0; i < 60; i++)
        {
            var sequence = run.Sequence(stream, i);
            Assert.InRange(sequence.Ids.Length, 1, 150);
            replaced += sequence.Ids.SequenceEqual(run.Sequence(stream.Example(i).Text).Ids) ? 0 : 1;
        }
        Assert.InRange(replaced, 1, 59);
    }

    private RecipeRun Run(int contextLength)
    {
        var recipe = Recipe.Load(TestAssembly.RepositoryPath("recipes", "reasoner.json"));
        var run = new RecipeRun(recipe with
        {
            Data = recipe.Data with { HeldOut = new(Seed: 2, Templates: 6, Families: 2, Unknown: 2, Countdown: 2) },
            Tokenizer = new(400, 200),
            Model = recipe.Model with { ContextLength = contextLength },
        }, _folder.File($"run-{contextLength}"));
        TokenizerStage.Run(run);
        return run;
    }
}
