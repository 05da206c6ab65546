using System.Diagnostics.Metrics;
using InferenceServer.Server.Handbooks;
using InferenceServer.Server.State;
using InferenceServer.Server.Telemetry;
using InferenceServer.Server.Tests.State;
using InferenceServer.Shared;
using InferenceServer.Strategies.Handbooks;
using Microsoft.Extensions.DependencyInjection;

namespace InferenceServer.Server.Tests.Handbooks;

public sealed class HandbookStoreTests : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FlakyState _state;
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly StateEvents _events;
    private readonly HandbookStore _store;

    public HandbookStoreTests()
    {
        _state = new FlakyState(new SqliteState(_folder.File("state.db"), TimeProvider.System));
        _events = new StateEvents(_state, TimeProvider.System, new StateMetrics(_services.GetRequiredService<IMeterFactory>(), "test"));
        _store = new HandbookStore(_state, _events);
    }

    [Fact]
    public async Task Change_ManyAtOnce_LosesNoEntry()
    {
        await Task.WhenAll(Enumerable.Range(0, 12).Select(i => Task.Run(() => AddAsync(Entry($"behavior_n{i}")))));
        Handbook handbook = (await _store.FindAsync(Tenant.Default, "math", default))!;
        Assert.Equal((12, 12), (handbook.Behaviours.Count, handbook.Version));
    }

    [Fact]
    public async Task Change_Instruction_IsTheNextVersionWithCountersOfItsOwn()
    {
        Behaviour first = Entry("behavior_a");
        await AddAsync(first);
        await CountAsync(new BehaviourTrial(first, Shown: true, Cited: true, Right: true));
        await AddAsync(first with { Topics = ["algebra"] });
        await AddAsync(first with { Instruction = "Another instruction, longer than before." });
        Behaviour now = (await _store.FindAsync(Tenant.Default, "math", default))!.Behaviours[0];
        Assert.Equal(2, now.Version);
        Assert.Equal(BehaviourCounters.None, (await _store.CountersAsync(Tenant.Default, "math", [now], default))[0]);
        Assert.Equal(1, (await _store.CountersAsync(Tenant.Default, "math", [first], default))[0].CitedRight);
        Assert.Equal([first.Instruction], (await _store.HistoryAsync(Tenant.Default, "math", now, default)).Select(former => former.Instruction));
    }

    [Fact]
    public async Task Count_Trials_GoWhereTheyBelong()
    {
        Behaviour a = Entry("behavior_a"), b = Entry("behavior_b");
        await CountAsync(
            new(a, Shown: true, Cited: true, Right: true), new(a, Shown: true, Cited: false, Right: false), new(a, Shown: true, Cited: true, Right: null),
            new(a, Shown: false, Cited: false, Right: true), new(a, Shown: false, Cited: false, Right: null), new(b, Shown: false, Cited: false, Right: false));
        IReadOnlyList<BehaviourCounters> counters = await _store.CountersAsync(Tenant.Default, "math", [b, a], default);
        Assert.Equal([new(0, 0, 0, 1, 0, 0, 0), new(3, 2, 1, 1, 1, 2, 1)], counters);
    }

    [Fact]
    public async Task Count_StateIsAway_WaitsAndIsCounted()
    {
        Behaviour a = Entry("behavior_a");
        _state.IsAway = true;
        _store.Count(Tenant.Default, "math", [new(a, Shown: true, Cited: false, Right: null)]);
        _state.IsAway = false;
        await CountAsync();
        Assert.Equal(1, (await _store.CountersAsync(Tenant.Default, "math", [a], default))[0].Shown);
    }

    [Fact]
    public async Task Retire_DeadEntry_IsNoLongerActiveAndTheRestIs()
    {
        Behaviour dead = Entry("behavior_dead"), alive = Entry("behavior_alive");
        await AddAsync(dead);
        await AddAsync(alive);
        await CountAsync([.. Enumerable.Range(0, Retirement.UnusedAfter).Select(_ => new BehaviourTrial(dead, Shown: true, Cited: false, Right: null))]);
        Assert.Equal(["behavior_dead"], (await _store.RetireAsync(Tenant.Default, "math", default))!.Select(entry => entry.Name));
        Handbook handbook = (await _store.FindAsync(Tenant.Default, "math", default))!;
        Assert.Equal(["behavior_alive"], handbook.Active.Select(entry => entry.Name));
        Assert.Contains("never used", handbook.Behaviours.Single(entry => entry.Retired is not null).Retired, StringComparison.Ordinal);
        Assert.Empty((await _store.RetireAsync(Tenant.Default, "math", default))!);
        Assert.Null(await _store.RetireAsync(Tenant.Default, "none", default));
    }

    [Fact]
    public async Task Delete_Handbook_LeavesNothingBehind()
    {
        await AddAsync(Entry("behavior_a"));
        await AddAsync(Entry("behavior_a") with { Instruction = "Another instruction, longer than before." });
        await CountAsync(new BehaviourTrial(Entry("behavior_a"), Shown: true, Cited: false, Right: null));
        Assert.True(await _store.DeleteAsync(Tenant.Default, "math", default));
        Assert.False(await _store.DeleteAsync(Tenant.Default, "math", default));
        Assert.Empty(await _state.KeysAsync(""));
    }

    [Fact]
    public async Task Tenant_Another_SeesNothing()
    {
        await AddAsync(Entry("behavior_a"));
        var other = new Tenant("other");
        Assert.Null(await _store.FindAsync(other, "math", default));
        Assert.Empty(await _store.ListAsync(other, default));
        Assert.False(await _store.DeleteAsync(other, "math", default));
        Assert.Single(await _store.ListAsync(Tenant.Default, default));
    }

    private static Behaviour Entry(string name) => new() { Name = name, Instruction = "An instruction that is long enough." };

    private Task<Handbook?> AddAsync(Behaviour entry) =>
        _store.ChangeAsync(Tenant.Default, "math", current => [.. (current?.Behaviours ?? []).Where(other => other.Name != entry.Name), entry], default);

    private async Task CountAsync(params BehaviourTrial[] trials)
    {
        _store.Count(Tenant.Default, "math", trials);
        await _events.StopAsync(default);
    }

    public async ValueTask DisposeAsync()
    {
        _events.Dispose();
        await _state.DisposeAsync();
        await _services.DisposeAsync();
        _folder.Dispose();
    }
}
