using System.Text.Json;
using InferenceServer.Experiments;
using InferenceServer.Server.State;
using InferenceServer.Server.Tests.State;
using InferenceServer.Shared;
using InferenceServer.Strategies.State;
using Microsoft.Extensions.Time.Testing;

namespace InferenceServer.Server.Tests.Experiments;

/// <summary>Experiments, exposures and labels on a state that fills up, goes away, or is shared.</summary>
public sealed class ExperimentStoreTests : IAsyncDisposable
{
    private const string Tenant = "t";

    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new();
    private readonly SqliteState _sqlite;
    private readonly FlakyState _state;

    public ExperimentStoreTests()
    {
        _sqlite = new SqliteState(_folder.File("state.db"), TimeProvider.System);
        _state = new FlakyState(_sqlite);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _sqlite.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Recall_StateIsAway_GivesWhatWasKnown()
    {
        var store = new ExperimentStore(_state, _time);
        await store.ChangeAsync(Tenant, "known", _ => Make("known"), Token);
        _state.IsAway = true;
        _time.Advance(TimeSpan.FromDays(1));
        Assert.Equal("known", (await store.RecallAsync(Tenant, "known", Token))?.Name);
        await Assert.ThrowsAsync<StateUnavailableException>(async () => await store.RecallAsync(Tenant, "unheard", Token));
        await Assert.ThrowsAsync<StateUnavailableException>(async () => await store.RecallAsync("other", "known", Token));
    }

    [Fact]
    public async Task Recall_AnotherServerStopsIt_IsHeardWithinASecond()
    {
        ExperimentStore here = new(_state, _time), there = new(_state, _time);
        await here.ChangeAsync(Tenant, "shared", _ => Make("shared"), Token);
        await there.ChangeAsync(Tenant, "shared", old => old! with { Status = ExperimentStatus.Stopped }, Token);
        Assert.Equal(ExperimentStatus.Running, (await here.RecallAsync(Tenant, "shared", Token))!.Status);
        _time.Advance(ExperimentStore.Fresh);
        Assert.Equal(ExperimentStatus.Stopped, (await here.RecallAsync(Tenant, "shared", Token))!.Status);
    }

    [Fact]
    public async Task Change_ByManyAtOnce_LosesNothing()
    {
        ExperimentStore[] servers = [new(_state, _time), new(_state, _time)];
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => servers[i % 2].ChangeAsync(Tenant, $"e{i}", _ => Make($"e{i}"), Token)));
        Assert.Equal(20, (await servers[0].ListAsync(Tenant, Token)).Count);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => servers[i % 2].ChangeAsync(Tenant, "e0", old => old!.With([old.Arms[0] with { Weight = old.Arms[0].Weight + 1 }, old.Arms[1]]), Token)));
        Experiment changed = (await servers[1].FindAsync(Tenant, "e0", Token))!;
        Assert.Equal((21.0, 20), (changed.Arms[0].Weight, changed.Phase));
        Assert.Empty(await servers[0].ListAsync("other", Token));
    }

    [Fact]
    public async Task Change_OneExperimentTooMany_IsRefused()
    {
        await _state.SetAsync(StateKey.Of(Tenant, "experiment-names", "all"), JsonSerializer.Serialize(Enumerable.Range(0, ExperimentStore.MaxExperiments).Select(i => $"e{i}")), null, Token);
        var store = new ExperimentStore(_state, _time);
        await Assert.ThrowsAsync<TooManyExperimentsException>(() => store.ChangeAsync(Tenant, "another", _ => Make("another"), Token));
        Assert.Null(await store.FindAsync(Tenant, "another", Token));
        await store.DeleteAsync(Tenant, "e5", Token);
        await store.ChangeAsync(Tenant, "another", _ => Make("another"), Token);
    }

    [Fact]
    public async Task Add_FromTwoServersAtOnce_NumbersEachOnce()
    {
        ExposureStore[] servers = [Exposures(_state), Exposures(_state)];
        long?[] numbers = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => servers[i % 2].AddAsync(Tenant, "e", Seen($"r{i}"), Token)));
        Assert.Equal(Enumerable.Range(1, 50).Select(number => (long?)number), numbers.Order());
        Assert.Equal(50, (await ReadAsync(servers[0])).Select(exposure => exposure.Exposure.Request).Distinct().Count());
    }

    [Fact]
    public async Task Read_AServerDiedBetweenNumberAndRecord_SkipsTheNumber()
    {
        ExposureStore store = Exposures(_state);
        await store.AddAsync(Tenant, "e", Seen("r1"), Token);
        await _state.AddAsync(StateKey.Of(Tenant, "exposure-count", "e"), 1, null, Token);
        await store.AddAsync(Tenant, "e", Seen("r3"), Token);
        Assert.Equal(["r1", "r3"], (await ReadAsync(store)).Select(exposure => exposure.Exposure.Request));
    }

    [Fact]
    public async Task Add_ExperimentIsFull_RecordsNothingMore()
    {
        ExposureStore store = Exposures(_state);
        await _state.AddAsync(StateKey.Of(Tenant, "exposure-count", "e"), ExposureStore.MaxExposures, null, Token);
        Assert.Null(await store.AddAsync(Tenant, "e", Seen("r"), Token));
        Assert.Equal(ExposureStore.MaxExposures, await store.CountAsync(Tenant, "e", Token));
    }

    [Fact]
    public async Task Add_DiskIsFull_SaysSoAndKeepsWhatWasAcknowledged()
    {
        await using var small = new SqliteState(new SqliteFile(_folder.File("small.db")) { MaxPages = 40 }, TimeProvider.System);
        ExposureStore store = Exposures(small);
        var acknowledged = new List<string>();
        var full = await Assert.ThrowsAsync<StateUnavailableException>(async () =>
        {
            while (true)
            {
                string id = $"r{acknowledged.Count}";
                await store.AddAsync(Tenant, "e", Seen(id), Token);
                acknowledged.Add(id);
            }
        });
        Assert.Contains("full", full.Message, StringComparison.Ordinal);
        Assert.NotEmpty(acknowledged);
        string[] found = [.. (await ReadAsync(store)).Select(exposure => exposure.Exposure.Request)];
        Assert.All(acknowledged, id => Assert.Contains(id, found));
    }

    [Fact]
    public async Task Set_LabelsBeyondTheMost_AreRefusedAndTheOthersStayChangeable()
    {
        var labels = new LabelStore(_state, _time);
        await labels.OpenAsync(Tenant, "r", "e", Token);
        for (int i = 0; i < LabelStore.MaxLabels; i++)
            Assert.Equal(LabelResult.Added, await SetAsync($"l{i}", i));
        Assert.Equal(LabelResult.TooMany, await SetAsync("another", 1));
        Assert.Equal(LabelResult.Replaced, await SetAsync("l0", 5));
        // Opened again, for its trace for instance: nothing is forgotten.
        await labels.OpenAsync(Tenant, "r", null, Token);
        RequestLabels found = (await labels.FindAsync(Tenant, "r", Token))!;
        Assert.Equal(("e", LabelStore.MaxLabels, 5.0), (found.Experiment, found.Labels.Count, found.Labels["l0"].Value));

        Task<LabelResult> SetAsync(string name, double value) => labels.SetAsync(Tenant, "r", name, value, false, Token);
    }

    private ExposureStore Exposures(ISharedState state) => new(state, new LabelStore(state, _time));

    private static async Task<List<LabelledExposure>> ReadAsync(ExposureStore store)
    {
        var all = new List<LabelledExposure>();
        await foreach (LabelledExposure exposure in store.ReadAsync(Tenant, "e", Token))
            all.Add(exposure);
        return all;
    }

    private static Experiment Make(string name) => new(name, [new Arm("a"), new Arm("b")], DateTimeOffset.UnixEpoch);

    private static Exposure Seen(string request) => new(request, "a", "u", 0, DateTimeOffset.UnixEpoch, 10, new Dictionary<string, double> { ["tokens"] = 5 });
}
