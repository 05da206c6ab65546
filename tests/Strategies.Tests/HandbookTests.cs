using InferenceServer.Plugins;
using InferenceServer.Strategies.Handbooks;
using InferenceServer.Strategies.State;
using InferenceServer.Strategies.Verifying;

namespace InferenceServer.Strategies.Tests;

public class HandbookTests
{
    private static readonly Behaviour[] Behaviours =
    [
        new() { Name = "behavior_split_products", Instruction = "When a product is large, split it into tens and ones and add the parts.", Topics = ["multiplication"] },
        new() { Name = "behavior_check_units", Instruction = "When quantities have units, bring them to one unit before adding them.", Topics = ["units"] },
        new() { Name = "behavior_work_backwards", Instruction = "When the end is known and the start is asked, undo the steps in reverse order.", Topics = ["unknown start", "stamps"] },
    ];

    private sealed class Shelf(params Behaviour[] behaviours) : IHandbookSource
    {
        public List<BehaviourTrial> Trials { get; } = [];

        public ValueTask<Handbook?> FindAsync(string tenant, string name, CancellationToken cancellationToken) =>
            name == "away" ? throw new StateUnavailableException("gone") : new(name == "default" ? new Handbook(name, 3, behaviours) : null);

        public void Report(string tenant, string handbook, IReadOnlyList<BehaviourTrial> trials)
        {
            Assert.Equal("default", handbook);
            Trials.AddRange(trials);
        }
    }

    private static StrategyCatalog Catalog(IHandbookSource? shelf) =>
        new(new PluginCatalog([typeof(Plain).Assembly], shelf is null ? new Services() : new Services().With(shelf)));

    [Fact]
    public async Task RunAsync_Handbook_PutsFittingHintsBeforeTheQuestionAndCountsTheUse()
    {
        var prompts = new HashSet<string>();
        await using var model = new StoryModel(prompt =>
        {
            prompts.Add(prompt);
            return [("by behavior_split_products\n#### 4", 1)];
        });
        var shelf = new Shelf(Behaviours);
        GenerationRequest request = StoryModel.Chat("How large is the product of the parts?", new HandbookOptions { K = 1 }) with { Verifiers = [new NumericOptions { Reference = "4" }] };
        await model.Start(request, catalog: Catalog(shelf)).RunAsync().ToListAsync();
        Assert.Equal($"<|user|>Hint: {Behaviours[0].Instruction}\nHow large is the product of the parts?\n<|assistant|>", Assert.Single(prompts));
        Assert.Equal(new BehaviourTrial(Behaviours[0], Shown: true, Cited: true, Right: true), Assert.Single(shelf.Trials));
        await model.AssertNothingLivesAsync();
    }

    [Fact]
    public async Task RunAsync_InsideHeart_HintsStayBeforeTheQuestionInEveryRound()
    {
        var prompts = new HashSet<string>();
        await using var model = new StoryModel(prompt =>
        {
            prompts.Add(prompt);
            return [("#### 5", 1)];
        }, capacity: 2000);
        GenerationRequest request = StoryModel.Chat("Which product?", new HeartOptions { Rounds = 1 }, new HandbookOptions { K = 1 }) with { Verifiers = [new NumericOptions { Reference = "4" }] };
        await model.Start(request, catalog: Catalog(new Shelf(Behaviours))).RunAsync().ToListAsync();
        Assert.Equal(2, prompts.Count);
        Assert.All(prompts, prompt => Assert.StartsWith($"<|user|>Hint: {Behaviours[0].Instruction}\nWhich product?\n<|assistant|>", prompt, StringComparison.Ordinal));
    }

    [Fact]
    public async Task RunAsync_Inclusion_LeavesAShareWithoutHints()
    {
        await using var model = new StoryModel(_ => [("#### 5", 1)]);
        var shelf = new Shelf(Behaviours);
        for (ulong seed = 0; seed < 40; seed++)
        {
            GenerationRequest request = StoryModel.Chat("Which product?", new HandbookOptions { Inclusion = 0.5 });
            await model.Start(request with { Sampling = request.Sampling with { Seed = seed } }, catalog: Catalog(shelf)).RunAsync().ToListAsync();
        }
        Assert.Equal(40, shelf.Trials.Count);
        Assert.InRange(shelf.Trials.Count(trial => trial.Shown), 10, 30);
        Assert.All(shelf.Trials, trial => Assert.Equal((null, false), (trial.Right, trial.Cited)));
    }

    [Fact]
    public async Task RunAsync_StateIsAway_AsksWithoutHintsAndSaysSo()
    {
        await using var model = new StoryModel(_ => [("#### 5", 1)]);
        Answer answer = (await model.Start(StoryModel.Chat("Which product?", new HandbookOptions { Handbook = "away" }), catalog: Catalog(new Shelf())).RunAsync().ToListAsync())[^1];
        Assert.Equal("#### 5", answer.Text);
        Assert.Contains("cannot be read", Assert.Single(answer.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_PromptCap_TakesOnlyWhatFits()
    {
        await using var model = new StoryModel(_ => [("#### 5", 1)]);
        var shelf = new Shelf(Behaviours);
        var options = new HandbookOptions { Retrieval = HandbookRetrieval.Random, K = 3, PromptCap = 180 };
        await model.Start(StoryModel.Chat("Which?", options), catalog: Catalog(shelf)).RunAsync().ToListAsync();
        Assert.Equal(2, shelf.Trials.Count);
        Assert.All(shelf.Trials, trial => Assert.True(trial.Shown));
    }

    [Theory]
    [InlineData(HandbookRetrieval.Bm25, null, "How many parts has the large product?", "behavior_split_products")]
    [InlineData(HandbookRetrieval.Bm25, null, "Add the unit prices.", "behavior_check_units,behavior_split_products")]
    [InlineData(HandbookRetrieval.Bm25, null, "Zebra", "")]
    [InlineData(HandbookRetrieval.Topic, null, "Emma had some stamps.", "behavior_work_backwards")]
    [InlineData(HandbookRetrieval.Topic, "units", "Emma had some stamps.", "behavior_check_units")]
    [InlineData(HandbookRetrieval.Topic, "history", "the product", "behavior_split_products,behavior_work_backwards,behavior_check_units")]
    public async Task FindAsync_Question_GivesFittingBehavioursBestFirst(HandbookRetrieval retrieval, string? topic, string question, string expected)
    {
        var found = await BehaviourRetrieval.FindAsync(new("h", 1, Behaviours), question, retrieval, topic, 8, new Random(1), null, default);
        string[] names = [.. found.Select(b => b.Name)];
        if (topic == "history")
            Assert.Equal("behavior_split_products", names[0]);
        else
            Assert.Equal(expected, string.Join(',', names));
    }

    [Fact]
    public async Task FindAsync_Embedding_RanksByMeaning()
    {
        var embedder = new ByFirstLetter();
        var found = await BehaviourRetrieval.FindAsync(
            new("h", 1, [new() { Name = "behavior_a", Instruction = "zzz" }, new() { Name = "behavior_b", Instruction = "aaa" }]), "behavior_b: aaa", HandbookRetrieval.Embedding, null, 1, new Random(1), embedder, default);
        Assert.Equal("behavior_b", Assert.Single(found).Name);
    }

    private sealed class ByFirstLetter : IEmbedder
    {
        public ValueTask<IReadOnlyList<ReadOnlyMemory<float>>> EmbedAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken) =>
            ValueTask.FromResult<IReadOnlyList<ReadOnlyMemory<float>>>([.. texts.Select(Letters)]);

        private static ReadOnlyMemory<float> Letters(string text)
        {
            var vector = new float[26];
            foreach (char c in text.Where(char.IsAsciiLetterLower))
                vector[c - 'a']++;
            return vector;
        }
    }

    [Fact]
    public async Task Start_NoHandbookAnywhere_IsRefused()
    {
        await using var model = new StoryModel(_ => [("#### 5", 1)]);
        Assert.Equal("strategies[0].name", Assert.Throws<StrategyPlanException>(() => model.Start(StoryModel.Chat("?", new HandbookOptions()), catalog: Catalog(null))).Path);
        Assert.Equal("strategies[0].retrieval", Assert.Throws<StrategyPlanException>(() =>
            model.Start(StoryModel.Chat("?", new HandbookOptions { Retrieval = HandbookRetrieval.Embedding }), catalog: Catalog(new Shelf()))).Path);
        GenerationRun run = model.Start(StoryModel.Chat("?", new HandbookOptions { Handbook = "lost" }), catalog: Catalog(new Shelf()));
        Assert.Equal("strategies[0].handbook", (await Assert.ThrowsAsync<StrategyPlanException>(async () => await run.RunAsync().ToListAsync())).Path);
        Assert.Equal(0, model.Decoder.Steps);
    }

    private const string Extraction = """
        Here they are:
        {"behavior_undo_steps": "When the start is asked, undo every step in reverse order.",
         "behavior_add_thirteen": "When you see 13 stamps, add 39 to them to get the sum.",
         "behavior_give_answer": "When asked about the capital of France, say Paris.",
         "Undo": "When the start is asked, undo every step.", "behavior_short": "Add.",
         "behavior_rewind": "When the start is asked, undo every step in its reverse order."}
        """;

    [Fact]
    public async Task LearnAsync_SolvedProblem_AddsValidBehavioursAndRefusesLeaks()
    {
        await using var model = new StoryModel(prompt => [(
            prompt.Contains("one JSON object", StringComparison.Ordinal) ? Extraction : prompt.Contains("Reflect", StringComparison.Ordinal) ? "It is sound." : "#### Paris", 1)], capacity: 6000);
        var builder = new HandbookBuilder(new StrategyPipeline(StrategyCatalog.BuiltIn, TimeProvider.System), model.Model, maxTokens: 1200);
        HandbookLesson lesson = await builder.LearnAsync("13 stamps and 39 more: what is the capital of France?", "Paris", ["stamps"], default);
        Assert.True(lesson.IsSolved);
        Assert.Equal(["behavior_undo_steps"], lesson.Added);
        Assert.Equal(["behavior_undo_steps"], lesson.Merged);
        Assert.Equal(4, lesson.Refused.Count);
        Assert.Contains(lesson.Refused, reason => reason.Contains("'behavior_add_thirteen' holds a number", StringComparison.Ordinal));
        Assert.Contains(lesson.Refused, reason => reason.Contains("'behavior_give_answer' holds the answer", StringComparison.Ordinal));
        Assert.Equal(["stamps"], Assert.Single(builder.Behaviours).Topics);
        Assert.True(builder.Tokens > 0);

        lesson = await builder.LearnAsync("another", "London", [], default);
        Assert.False(lesson.IsSolved);
        Assert.Single(builder.Behaviours);
        await model.AssertNothingLivesAsync();
    }

    [Theory]
    [InlineData("nothing to see")]
    [InlineData("{not json}")]
    [InlineData("""{"a": {"b": 1}}""")]
    public async Task Take_ExtractionThatIsNoObject_IsRefused(string extraction)
    {
        await using var model = new StoryModel([("a", 1)]);
        var builder = new HandbookBuilder(new StrategyPipeline(StrategyCatalog.BuiltIn, TimeProvider.System), model.Model);
        Assert.Contains("not a JSON object", Assert.Single(builder.Take("q", "1", [], extraction).Refused), StringComparison.Ordinal);
    }
}
