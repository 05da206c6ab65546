using System.Diagnostics.Metrics;
using InferenceServer.Server.State;
using InferenceServer.Server.Telemetry;
using InferenceServer.Shared;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace InferenceServer.Server.Tests.State;

/// <summary>Events while state is away: they wait, the oldest are dropped and counted, and the rest is written when it is back.</summary>
public sealed class StateEventsTests : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FlakyState _state;
    private readonly FakeTimeProvider _time = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly StateEvents _events;

    public StateEventsTests()
    {
        _state = new FlakyState(new SqliteState(_folder.File("state.db"), TimeProvider.System));
        _events = new StateEvents(_state, _time, new StateMetrics(_services.GetRequiredService<IMeterFactory>(), "test"));
    }

    [Fact]
    public async Task Push_StateIsThere_IsWrittenInOrder()
    {
        await _events.StartAsync(default);
        for (int i = 0; i < 5; i++)
            _events.Push("list", $"{i}", 10);
        await UntilWrittenAsync();
        Assert.Equal(["4", "3", "2", "1", "0"], await _state.RecentAsync("list", 10));
        Assert.Equal(0, _events.Dropped);
    }

    [Fact]
    public async Task Push_StateIsAway_WaitsAndIsWrittenWhenItIsBack()
    {
        _state.IsAway = true;
        await _events.StartAsync(default);
        for (int i = 0; i < 5; i++)
            _events.Push("list", $"{i}", 10);
        Assert.Equal(5, _events.Waiting);
        _state.IsAway = false;
        await UntilWrittenAsync();
        Assert.Equal(["4", "3", "2", "1", "0"], await _state.RecentAsync("list", 10));
    }

    [Fact]
    public async Task Push_MoreThanTheBufferHolds_DropsTheOldestAndCountsThem()
    {
        for (int i = 0; i < StateEvents.Capacity + 3; i++)
            _events.Push("list", $"{i}", 100_000);
        Assert.Equal((StateEvents.Capacity, 3L), (_events.Waiting, _events.Dropped));
        await _events.StartAsync(default);
        await UntilWrittenAsync();
        Assert.Equal($"{StateEvents.Capacity + 2}", (await _state.RecentAsync("list", 1))[0]);
        Assert.Equal("3", (await _state.RecentAsync("list", StateEvents.Capacity + 3))[^1]);
    }

    [Fact]
    public async Task Add_ToATextThatIsNoCounter_IsDroppedAndTheRestGoesOn()
    {
        await _state.SetAsync("text", "abc");
        await _events.StartAsync(default);
        _events.Add("text", 1);
        _events.Add("counter", 2);
        await UntilWrittenAsync();
        Assert.Equal("2", await _state.GetAsync("counter"));
        Assert.Equal(1, _events.Dropped);
    }

    [Fact]
    public async Task Stop_EventsWait_WritesThemFirst()
    {
        // Not started: nothing has been written when the server stops.
        _events.Add("counter", 2);
        _events.Add("counter", 3);
        await _events.StopAsync(default);
        Assert.Equal("5", await _state.GetAsync("counter"));
    }

    private async Task UntilWrittenAsync()
    {
        while (_events.Waiting > 0)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(5);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _events.StopAsync(default);
        _events.Dispose();
        await _state.DisposeAsync();
        await _services.DisposeAsync();
        _folder.Dispose();
    }
}
