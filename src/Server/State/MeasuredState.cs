using System.Diagnostics;
using InferenceServer.Server.Telemetry;
using InferenceServer.Strategies.State;

namespace InferenceServer.Server.State;

/// <summary>Counts and times every operation of the state behind it.</summary>
public sealed class MeasuredState(ISharedState state, StateMetrics metrics) : ISharedState
{
    public string? Trouble => state.Trouble;

    public async ValueTask ProbeAsync(CancellationToken cancellationToken = default) => await MeasureAsync("probe", async () =>
    {
        await state.ProbeAsync(cancellationToken);
        return true;
    });

    public ValueTask<string?> GetAsync(string key, CancellationToken cancellationToken = default) =>
        MeasureAsync("get", () => state.GetAsync(key, cancellationToken));

    public ValueTask<IReadOnlyList<string?>> GetManyAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken = default) =>
        MeasureAsync("get_many", () => state.GetManyAsync(keys, cancellationToken));

    public async ValueTask SetAsync(string key, string value, TimeSpan? expiry = null, CancellationToken cancellationToken = default) => await MeasureAsync("set", async () =>
    {
        await state.SetAsync(key, value, expiry, cancellationToken);
        return true;
    });

    public ValueTask<bool> CompareAndSetAsync(string key, string? expected, string value, TimeSpan? expiry = null, CancellationToken cancellationToken = default) =>
        MeasureAsync("compare_and_set", () => state.CompareAndSetAsync(key, expected, value, expiry, cancellationToken));

    public ValueTask<bool> RemoveAsync(string key, CancellationToken cancellationToken = default) =>
        MeasureAsync("remove", () => state.RemoveAsync(key, cancellationToken));

    public ValueTask<IReadOnlyList<string>> KeysAsync(string prefix, CancellationToken cancellationToken = default) =>
        MeasureAsync("keys", () => state.KeysAsync(prefix, cancellationToken));

    public ValueTask<StateCounter> AddAsync(string key, long amount, TimeSpan? window = null, CancellationToken cancellationToken = default) =>
        MeasureAsync("add", () => state.AddAsync(key, amount, window, cancellationToken));

    public async ValueTask PushAsync(string list, string value, int capacity, CancellationToken cancellationToken = default) => await MeasureAsync("push", async () =>
    {
        await state.PushAsync(list, value, capacity, cancellationToken);
        return true;
    });

    public ValueTask<IReadOnlyList<string>> RecentAsync(string list, int count, CancellationToken cancellationToken = default) =>
        MeasureAsync("recent", () => state.RecentAsync(list, count, cancellationToken));

    public async ValueTask PublishAsync(string channel, string message, CancellationToken cancellationToken = default) => await MeasureAsync("publish", async () =>
    {
        await state.PublishAsync(channel, message, cancellationToken);
        return true;
    });

    public ValueTask<IAsyncDisposable> SubscribeAsync(string channel, Action<string> onMessage, CancellationToken cancellationToken = default) =>
        MeasureAsync("subscribe", () => state.SubscribeAsync(channel, onMessage, cancellationToken));

    public ValueTask DisposeAsync() => state.DisposeAsync();

    private async ValueTask<T> MeasureAsync<T>(string operation, Func<ValueTask<T>> run)
    {
        long started = Stopwatch.GetTimestamp();
        string outcome = "error";
        try
        {
            T result = await run();
            outcome = "ok";
            return result;
        }
        catch (OperationCanceledException)
        {
            outcome = "cancelled";
            throw;
        }
        finally
        {
            metrics.Operation(operation, outcome, Stopwatch.GetElapsedTime(started).TotalSeconds);
        }
    }
}
