using System.Text.Json;
using InferenceServer.Engine;
using InferenceServer.Strategies.Scoring;

namespace InferenceServer.Strategies.Tests;

public class StrategyPlanTests
{
    private static IReadOnlyList<StrategyOptions> Bind(string json) => StrategyCatalog.BuiltIn.Bind(JsonDocument.Parse(json).RootElement);

    [Fact]
    public void Bind_Plan_ReadsEveryStrategyInOrder() => Assert.Equal(
        [new SelfConsistencyOptions { Name = "self_consistency", N = 5, EarlyStop = false }, new BestOfNOptions { Name = "best_of_n", N = 16, Select = "process_reward", Aggregation = RewardAggregation.Min }],
        Bind("""[{"name":"self_consistency","n":5,"early_stop":false},{"name":"best_of_n","n":16,"select":"process_reward","aggregation":"min"}]"""));

    [Theory]
    [InlineData("""[{"name":"plain"},{"name":"best_of_n","n":0}]""", "strategies[1].n", "from 1 to 256")]
    [InlineData("""[{"name":"plain"},{"name":"best_of_n","n":"8"}]""", "strategies[1].n", "whole number")]
    [InlineData("""[{"name":"best_of"}]""", "strategies[0].name", "did you mean 'best_of_n'")]
    [InlineData("""[{"name":"best_of_n","select":"votes"}]""", "strategies[0].select", "did you mean 'vote'")]
    [InlineData("""[{"name":"best_of_n","aggregation":"max"}]""", "strategies[0].aggregation", "\"product\"")]
    [InlineData("""[{"name":"self_consistency","early_stopp":true}]""", "strategies[0].early_stopp", "did you mean 'early_stop'")]
    [InlineData("""["plain"]""", "strategies[0]", "an object")]
    [InlineData("""{"name":"plain"}""", "strategies", "an array")]
    public void Bind_Mistake_SaysWhereAndWhatIsAllowed(string json, string path, string reason)
    {
        var error = Assert.Throws<StrategyPlanException>(() => Bind(json));
        Assert.Equal(path, error.Path);
        Assert.Contains(reason, error.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void ToJson_Plan_FillsInDefaultsAndBindsBack()
    {
        string json = StrategyCatalog.BuiltIn.ToJson([new BestOfNOptions { N = 8 }, new PlainOptions()]).ToJsonString();
        Assert.Equal("""[{"name":"best_of_n","n":8,"select":"likelihood","aggregation":"last","reward_model":null},{"name":"plain"}]""", json);
        Assert.Equal([new BestOfNOptions { Name = "best_of_n", N = 8 }, new PlainOptions { Name = "plain" }], Bind(json));
    }

    [Fact]
    public void Strategies_BuiltIn_AreDescribed()
    {
        Assert.Equal(["best_of_n", "bouncer", "early_rejection", "echoic_prompting", "handbook", "heart", "plain", "self_consistency"], StrategyCatalog.BuiltIn.Names);
        string schema = StrategyCatalog.BuiltIn.Schema("best_of_n").ToJsonString();
        Assert.Contains("""["likelihood","process_reward","random","reward_model","self_certainty","surprisal","surprisal_top3","verifier","vote"]""", schema, StringComparison.Ordinal);
        Assert.Throws<KeyNotFoundException>(() => StrategyCatalog.BuiltIn.Schema("worst_of_n"));
    }

    [Fact]
    public async Task Start_RequestThatCannotWork_IsRefusedBeforeATokenIsSpent()
    {
        await using var model = new StoryModel([("a", 1)]);
        GenerationRequest good = StoryModel.Request();
        Refused(good with { Prompt = default }, "prompt");
        Refused(good with { MaxTokens = 0 }, "max_tokens");
        Refused(good with { Budget = new() { MaxTotalTokens = 0 } }, "max_total_tokens");
        Refused(good with { Budget = new() { MaxTotalTokens = StoryModel.Prompt.Length } }, "max_total_tokens");
        Refused(good with { Budget = new() { Deadline = TimeSpan.Zero } }, "deadline_ms");
        Refused(good with { Strategies = [.. Enumerable.Repeat(new PlainOptions(), 17)] }, "strategies");
        Refused(good with { Strategies = [new BestOfNOptions { N = 64 }, new SelfConsistencyOptions { N = 64 }] }, "strategies[1]");
        Assert.Throws<PromptTooLongException>(() => model.Start(good with { Prompt = new int[256] }));
        Assert.Equal((0, 0), (model.Decoder.Steps, model.Engine.Statistics.Live));

        void Refused(GenerationRequest request, string path) => Assert.Equal(path, Assert.Throws<StrategyPlanException>(() => model.Start(request)).Path);
    }
}
