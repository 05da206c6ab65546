using System.Text.Json;
using InferenceServer.Experiments;
using InferenceServer.Experiments.Routers;
using InferenceServer.Strategies.State;

namespace InferenceServer.Server.Tests.Experiments;

/// <summary>What servers learn together, by several stores on one state.</summary>
public sealed class RouterStoreTests(TinyServerFixture tiny) : IClassFixture<TinyServerFixture>
{
    private const string Tenant = "default", Name = "posterior";

    private static readonly ExperimentRouter Router = ExperimentRouter.Of(new Experiment(Name, [new("a"), new("b")], DateTimeOffset.UnixEpoch)
    {
        Router = JsonDocument.Parse("""{"name":"thompson","reward":"correct","discount":1}""").RootElement,
    })!;

    private readonly ISharedState _state = tiny.Server.State;

    [Fact]
    public async Task PullAndReward_FromTwoServersAtOnce_AreAllCountedOnce()
    {
        const int Each = 40;
        RouterStore[] servers = [Store(), Store()];
        var decision = new RouterDecision("all", "a", 0.5);
        await Task.WhenAll(servers.SelectMany((server, index) => Enumerable.Range(0, Each).Select(async i =>
        {
            string request = $"request-{index}-{i}";
            await Labels().OpenAsync(Tenant, request, Name, decision, cost: null, default);
            await server.PullAsync(Tenant, Name, Router, decision, default);
            // Told to both servers at once, as a client does that retries elsewhere.
            await Task.WhenAll(servers.Select(told => told.RewardAsync(Tenant, Name, Router, request, i % 4 == 0 ? 1 : 0, default)));
        })));
        ArmRecord arm = (await servers[0].ReadAsync(Tenant, Name, Router, default)).Bucket("all").Arm("a");
        Assert.Equal((2 * Each, 2.0 * Each, Each / 2.0), (arm.Chosen, arm.Rewards, arm.Sum));
        Assert.Equal(arm, (await servers[1].ReadAsync(Tenant, Name, Router, default)).Bucket("all").Arm("a"));
    }

    [Fact]
    public async Task Reward_OfARequestWithoutAChoice_IsLeftAlone()
    {
        await Labels().OpenAsync(Tenant, "request-forced", "other", default);
        await Store().RewardAsync(Tenant, "other", Router, "request-forced", 1, default);
        await Store().RewardAsync(Tenant, "other", Router, "request-unknown", 1, default);
        Assert.Empty((await Store().ReadAsync(Tenant, "other", Router, default)).Buckets);
    }

    [Fact]
    public async Task Read_AnotherMetric_StartsAnew()
    {
        await Store().PullAsync(Tenant, "changed", Router, new("all", "a", 1), default);
        Assert.NotEmpty((await Store().ReadAsync(Tenant, "changed", Router, default)).Buckets);
        Assert.Empty((await Store().ReadAsync(Tenant, "changed", Router with { Metric = "sold" }, default)).Buckets);
        await Store().DeleteAsync(Tenant, "changed", default);
        Assert.Empty((await Store().ReadAsync(Tenant, "changed", Router, default)).Buckets);
    }

    [Fact]
    public async Task Recall_StateIsAway_IsWhatWasKnownLast()
    {
        var flaky = new State.FlakyState(_state);
        var store = new RouterStore(flaky, new LabelStore(flaky, TimeProvider.System), TimeProvider.System);
        await store.PullAsync(Tenant, "away", Router, new("all", "a", 1), default);
        flaky.IsAway = true;
        Assert.Equal(1, (await store.RecallAsync(Tenant, "away", Router, default)).Bucket("all").Requests);
        Assert.Empty((await store.RecallAsync(Tenant, "never-heard-of", Router, default)).Buckets);
        await Assert.ThrowsAsync<StateUnavailableException>(async () => await store.PullAsync(Tenant, "away", Router, new("all", "a", 1), default));
        flaky.IsAway = false;
        await store.PullAsync(Tenant, "away", Router, new("all", "b", 1), default);
        Assert.Equal(2, (await store.RecallAsync(Tenant, "away", Router, default)).Bucket("all").Requests);
    }

    private RouterStore Store() => new(_state, Labels(), TimeProvider.System);

    private LabelStore Labels() => new(_state, TimeProvider.System);
}
