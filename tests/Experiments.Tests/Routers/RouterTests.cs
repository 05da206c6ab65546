using System.Text.Json;
using InferenceServer.Experiments.Routers;
using InferenceServer.Experiments.Statistics;
using InferenceServer.Plugins;

namespace InferenceServer.Experiments.Tests.Routers;

public sealed class RouterTests
{
    private static readonly string[] Arms = ["a", "b", "c"];
    private static readonly DateTimeOffset Now = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void BuiltIn_Names_AreTheFour() => Assert.Equal(["epsilon_greedy", "greedy", "thompson", "ucb1"], RouterCatalog.BuiltIn.Routers.Select(router => router.Name));

    [Theory]
    [InlineData("""{"name":"oracle"}""", "router.name")]
    [InlineData("""{}""", "router.name")]
    [InlineData("""{"name":"ucb1","c":-1}""", "router.c")]
    [InlineData("""{"name":"thompson","floor":1.5}""", "router.floor")]
    [InlineData("""{"name":"thompson","token_penalty":-0.1}""", "router.token_penalty")]
    [InlineData("""{"name":"ucb1","latency_penalty":1001}""", "router.latency_penalty")]
    [InlineData("""{"name":"thompson","context":"mood"}""", "router.context")]
    [InlineData("""{"name":"greedy","epsilon":0.1}""", "router.epsilon")]
    public void Bind_Mistake_SaysWhere(string json, string path) => Assert.Equal(path, Assert.Throws<PluginOptionsException>(() => Bind(json)).Path);

    [Fact]
    public void Bind_Options_AreRead()
    {
        Router router = Bind("""{"name":"thompson","reward":"correct","floor":0.1,"context":"class_and_length","draws":7}""");
        Assert.Equal(new ThompsonOptions { Name = "thompson", Reward = "correct", Floor = 0.1, Context = RouterContext.ClassAndLength, Draws = 7 }, router.Options);
    }

    [Theory]
    [InlineData("greedy")]
    [InlineData("ucb1")]
    public void Choose_UntriedArms_ComeFirst(string name)
    {
        Router router = Bind($$"""{"name":"{{name}}","floor":0}""");
        RouterState state = Known(("a", 3, 3));
        var chosen = new HashSet<string>();
        for (int seed = 0; seed < 50; seed++)
        {
            RouterDecision decision = router.Choose(state, "all", Arms, MetricKind.Proportion, new Random(seed));
            Assert.Equal(0.5, decision.Propensity, 12);
            chosen.Add(decision.Arm);
        }
        Assert.Equal(["b", "c"], chosen.Order());
    }

    [Fact]
    public void Choose_Greedy_TakesTheHighestMeanAndSharesTies()
    {
        Router router = Bind("""{"name":"greedy"}""");
        Assert.Equal(new("all", "b", 1), router.Choose(Known(("a", 1, 4), ("b", 3, 4), ("c", 2, 4)), "all", Arms, MetricKind.Proportion, new Random(1)));
        Assert.Equal(0.5, router.Choose(Known(("a", 1, 4), ("b", 3, 4), ("c", 3, 4)), "all", Arms, MetricKind.Proportion, new Random(1)).Propensity, 12);
    }

    [Fact]
    public void Choose_Floor_ReachesEveryArmAndIsInThePropensity()
    {
        Router router = Bind("""{"name":"greedy","floor":0.3}""");
        RouterState state = Known(("a", 9, 10), ("b", 1, 10), ("c", 1, 10));
        var random = new Random(5);
        RouterDecision[] decisions = [.. Enumerable.Range(0, 2000).Select(_ => router.Choose(state, "all", Arms, MetricKind.Proportion, random))];
        Assert.All(decisions, decision => Assert.Equal(decision.Arm == "a" ? 0.8 : 0.1, decision.Propensity, 12));
        Assert.InRange(decisions.Count(decision => decision.Arm == "b"), 150, 250);
    }

    [Fact]
    public void Choose_Ucb1_PrefersWhatIsUncertainAndCountsPendingChoices()
    {
        Router router = Bind("""{"name":"ucb1","floor":0,"c":0.5}""");
        RouterState state = Known(("a", 60, 100), ("b", 3, 6), ("c", 10, 100));
        // 0.6 + 0.5 sqrt(ln 206 / 100) = 0.715 against 0.5 + 0.5 sqrt(ln 206 / 6) = 0.971.
        Assert.Equal("b", router.Choose(state, "all", Arms, MetricKind.Proportion, new Random(1)).Arm);
        for (int i = 0; i < 100; i++)
            state = state.Pull(new("all", "b", 1), 1, Now);
        Assert.Equal("a", router.Choose(state, "all", Arms, MetricKind.Proportion, new Random(1)).Arm);
    }

    [Fact]
    public void Choose_EpsilonGreedy_ExploresLessAndLess()
    {
        Router router = Bind("""{"name":"epsilon_greedy","floor":0}""");
        double Propensity(int each) => router.Choose(Known(("a", each, each), ("b", 0, each), ("c", 0, each)), "all", ["a", "b", "c"], MetricKind.Proportion, new Random(2)) is { Arm: "a" } decision
            ? decision.Propensity : throw new InvalidOperationException("The seed draws another arm.");
        Assert.Equal(1 - 2.0 / 3 / Math.Sqrt(48), Propensity(16), 12);
        Assert.Equal(1 - 2.0 / 3 / Math.Sqrt(4800), Propensity(1600), 12);
    }

    [Fact]
    public void Choose_Thompson_ChoosesAsOftenAsAnArmIsLikelyToBeBest()
    {
        // P(Beta(8, 4) > Beta(4, 8)) = 0.95695 (the sum over the binomials).
        Router router = Bind("""{"name":"thompson","floor":0,"draws":4000}""");
        RouterState state = Known(("a", 7, 10), ("b", 3, 10));
        RouterDecision decision = router.Choose(state, "all", ["a", "b"], MetricKind.Proportion, new Random(3));
        Assert.Equal(0.9569, decision.Arm == "a" ? decision.Propensity : 1 - decision.Propensity, 0.015);
    }

    [Fact]
    public void Choose_Thompson_LoggedPropensitiesAreThoseOfTheChoices()
    {
        Router router = Bind("""{"name":"thompson","draws":5}""");
        RouterState state = Known(("a", 5, 10), ("b", 4, 10), ("c", 2, 10));
        var random = new Random(4);
        RouterDecision[] decisions = [.. Enumerable.Range(0, 20_000).Select(_ => router.Choose(state, "all", Arms, MetricKind.Proportion, random))];
        // With true propensities p, a choice's 1 / p has mean 1 for each arm: the estimate that a log is kept for.
        foreach (string arm in Arms)
            Assert.InRange(decisions.Where(decision => decision.Arm == arm).Sum(decision => 1 / decision.Propensity) / decisions.Length, 0.85, 1.15);
    }

    [Fact]
    public void View_OtherContexts_AreAPriorWorthFiveRewards()
    {
        RouterState state = Rewards(Rewards(RouterState.Empty, "text", "a", 8, 10), "numbers", "a", 1, 2);
        ArmView view = Bind("""{"name":"ucb1"}""").View(state, "numbers", Arms, MetricKind.Proportion).Arms[0];
        Assert.Equal((1 + 5 * 0.8) / (2 + 5), view.Mean, 12);
        Assert.Equal(7, view.Rewards, 12);
        ArmView alone = Bind("""{"name":"ucb1","shrinkage":0}""").View(state, "numbers", Arms, MetricKind.Proportion).Arms[0];
        Assert.Equal(0.5, alone.Mean, 12);
    }

    [Fact]
    public void Pull_Discount_LetsWhatWasLearntFade()
    {
        RouterState state = Known(("a", 10, 10));
        for (int i = 0; i < 3; i++)
            state = state.Pull(new("all", "b", 1), 0.5, Now);
        ArmRecord a = state.Bucket("all").Arm("a");
        Assert.Equal(10 / 8.0, a.Rewards, 12);
        Assert.Equal(1, a.Mean!.Value, 12);
        Assert.Equal(10, a.Chosen);
        Assert.Equal(1.75, state.Bucket("all").Arm("b").Pulls, 12);
    }

    /// <summary>Two servers that reward one state in either order learn the same.</summary>
    [Fact]
    public void Reward_AnyOrder_GivesTheSameState()
    {
        RouterDecision first = new("all", "a", 0.5), second = new("all", "b", 0.25);
        RouterState pulled = RouterState.Empty.Pull(first, 0.999, Now).Pull(second, 0.999, Now);
        Assert.Equal(Json(pulled.Reward(first, 1).Reward(second, 0.5)), Json(pulled.Reward(second, 0.5).Reward(first, 1)));
    }

    [Fact]
    public void State_JsonRoundTrip_KeepsEverything()
    {
        RouterState state = Known(("a", 3, 10), ("b", 5, 7));
        Assert.Equal(Json(state), Json(JsonSerializer.Deserialize<RouterState>(Json(state))!));
        Assert.Equal(state.Bucket("all").Arm("b"), JsonSerializer.Deserialize<RouterState>(Json(state))!.Bucket("all").Arm("b"));
    }

    [Fact]
    public void Reward_NoFiniteNumber_Throws() => Assert.Throws<ArgumentOutOfRangeException>(() => RouterState.Empty.Reward(new("all", "a", 1), double.NaN));

    [Theory]
    [InlineData(RouterContext.None, "anything 1 2", 5, "all")]
    [InlineData(RouterContext.Class, "Emma has 3 bags of 12 stamps.", 5, "numbers")]
    [InlineData(RouterContext.Class, "Write a poem about 1984.", 5, "text")]
    [InlineData(RouterContext.Class, "for (int i = 0; i < 3; i++)", 5, "code")]
    [InlineData(RouterContext.Length, "", 63, "short")]
    [InlineData(RouterContext.Length, "", 64, "medium")]
    [InlineData(RouterContext.ClassAndLength, "", 512, "text/long")]
    public void Bucket_OfARequest_IsItsContext(RouterContext context, string question, int tokens, string bucket) => Assert.Equal(bucket, ContextBucket.Of(context, question, tokens));

    [Fact]
    public void Audit_OfAState_ShowsWhatCanBeSeenWithoutTheTruth()
    {
        // Arm b was tried twice at the start, then never again, though its one success in two leaves it in the race; c was never tried.
        RouterState state = Rewards(Rewards(RouterState.Empty, "all", "b", 1, 2), "all", "a", 60, 98 + 100);
        RouterAudit audit = Assert.Single(RouterAudit.Of(state, Bind("""{"name":"greedy"}"""), Arms, MetricKind.Proportion, Now.AddDays(2)));
        Assert.Equal(("all", 200L), (audit.Bucket, audit.Requests));
        Assert.Equal(198 * (0.5 - 60.0 / 198), audit.Regret!.Value, 9);
        Assert.Equal(0, audit.MinFraction);
        Assert.True(audit.SuffixFailure);
        ArmAudit a = audit.Arms[0], b = audit.Arms[1], c = audit.Arms[2];
        Assert.Equal(0.99, a.Share, 12);
        Assert.Equal(60.0 / 198, a.WeightedMean!.Value, 12);
        Assert.Equal(2, b.DaysSinceChosen!.Value, 9);
        Assert.Null(c.DaysSinceChosen);
        Assert.True(c.Overlooked);
    }

    [Theory]
    [InlineData("""{"name":"thompson"}""", 1, 1)]
    [InlineData("""{"name":"thompson","token_penalty":0.2}""", 1, 0.7)]
    [InlineData("""{"name":"thompson","latency_penalty":0.1}""", 1, 0.8)]
    [InlineData("""{"name":"thompson","token_penalty":0.2,"latency_penalty":0.1}""", 1, 0.5)]
    [InlineData("""{"name":"thompson","token_penalty":10}""", 1, 0)]
    [InlineData("""{"name":"thompson","token_penalty":0.2}""", 0, 0)]
    [InlineData("""{"name":"thompson","kind":"mean","token_penalty":10}""", 1, -14)]
    public void Reward_WithPenalties_IsLessByCostAndAProportionStaysInItsBounds(string router, double value, double reward) =>
        Assert.Equal(reward, Learning(router).RewardOf(value, new RequestCost(CompletionTokens: 1500, Seconds: 2)), 12);

    [Fact]
    public void Reward_CostIsNotKnown_IsTheMetricAlone() => Assert.Equal(1, Learning("""{"name":"thompson","token_penalty":1}""").RewardOf(1, cost: null));

    [Fact]
    public void Learns_OtherPenalties_AreOtherRewards()
    {
        Assert.Equal("correct", Learning("""{"name":"thompson"}""").Learns);
        Assert.NotEqual(Learning("""{"name":"thompson","token_penalty":0.1}""").Learns, Learning("""{"name":"thompson","token_penalty":0.2}""").Learns);
    }

    [Fact]
    public void Cost_OfAnExposure_IsEverythingThatWasGenerated()
    {
        var exposure = new Exposure("r", "a", "u", 0, Now, 10, new Dictionary<string, double>
        {
            ["prompt_tokens"] = 100,
            ["answer_tokens"] = 1,
            ["discarded_tokens"] = 2,
            ["forced_tokens"] = 4,
            ["scorer_tokens"] = 8,
            ["latency_ms"] = 500,
        });
        Assert.Equal(new RequestCost(15, 0.5), RequestCost.Of(exposure));
        Assert.Null(RequestCost.Of(exposure with { Metrics = new Dictionary<string, double> { ["error"] = 1 } }));
    }

    private static ExperimentRouter Learning(string router) => ExperimentRouter.Of(
        new Experiment("e", [new("a"), new("b")], Now) { Router = JsonDocument.Parse(router).RootElement, Metrics = [new("correct")] })!;

    private static Router Bind(string json) => RouterCatalog.BuiltIn.Bind(JsonDocument.Parse(json).RootElement, "router");

    private static string Json(RouterState state) => JsonSerializer.Serialize(state);

    private static RouterState Known(params IEnumerable<(string Arm, int Successes, int Pulls)> arms) =>
        arms.Aggregate(RouterState.Empty, (state, arm) => Rewards(state, "all", arm.Arm, arm.Successes, arm.Pulls));

    private static RouterState Rewards(RouterState state, string bucket, string arm, int successes, int pulls)
    {
        RouterDecision decision = new(bucket, arm, 1);
        for (int i = 0; i < pulls; i++)
            state = state.Pull(decision, 1, Now).Reward(decision, i < successes ? 1 : 0);
        return state;
    }
}
