using InferenceServer.Server.State;
using InferenceServer.Strategies.State;

namespace InferenceServer.Server.Tests.State;

public sealed class RedisStateTests(RedisServer redis) : SharedStateContract, IClassFixture<RedisServer>, IAsyncLifetime
{
    private RedisState? _state;

    protected override ISharedState State => _state!;

    public async ValueTask InitializeAsync()
    {
        RedisServer.Require();
        _state = await RedisState.ConnectAsync(redis.Configuration, TimeProvider.System);
        // What came before left the circuit as it is for a moment.
        await UntilItWorksAsync(_state);
    }

    public async ValueTask DisposeAsync()
    {
        if (_state is not null)
            await _state.DisposeAsync();
    }

    [Fact]
    public async Task TwoServers_OneStore_ShareEverything()
    {
        await using RedisState other = await RedisState.ConnectAsync(redis.Configuration, TimeProvider.System);
        string own = Guid.NewGuid().ToString("N");
        var heard = new TaskCompletionSource<string>();
        await using IAsyncDisposable subscription = await other.SubscribeAsync(own, heard.SetResult);
        await State.SetAsync(own, "1");
        await State.PublishAsync(own, "hello");
        Assert.Equal("1", await other.GetAsync(own));
        Assert.Equal("hello", await heard.Task);
    }

    [Fact]
    public async Task Redis_DiesAndComesBack_FailsClearlyAndRecoversByItself()
    {
        string own = Guid.NewGuid().ToString("N");
        int heard = 0;
        await using IAsyncDisposable subscription = await State.SubscribeAsync(own, _ => Interlocked.Increment(ref heard));
        await State.SetAsync(own, "kept");
        await redis.KillAsync();
        try
        {
            var error = await Assert.ThrowsAsync<StateUnavailableException>(async () =>
            {
                while (true)
                    await State.GetAsync(own);
            });
            Assert.Contains(redis.Configuration, error.Message, StringComparison.Ordinal);
            while (State.Trouble is null)
                await Task.Delay(5);
            // Enough failures for the circuit breaker: the face stays the same.
            for (int i = 0; i < 10; i++)
                await Assert.ThrowsAsync<StateUnavailableException>(async () => await State.AddAsync(own, 1));
        }
        finally
        {
            await redis.StartAsync();
        }
        await UntilItWorksAsync(State);
        Assert.Null(State.Trouble);
        Assert.Equal("kept", await State.GetAsync(own));
        Assert.Equal(1, (await State.AddAsync(own + "-count", 1)).Value);
        // Who listened still does.
        while (Volatile.Read(ref heard) == 0)
        {
            await State.PublishAsync(own, "again");
            await Task.Delay(5);
        }
    }

    [Fact]
    public async Task Connect_NobodyThere_IsTroubleAndNoError()
    {
        // A port that nobody listens on: that of a server which has gone.
        var gone = new RedisServer();
        await using RedisState state = await RedisState.ConnectAsync(gone.Configuration, TimeProvider.System);
        Assert.Contains(gone.Configuration, state.Trouble, StringComparison.Ordinal);
        await Assert.ThrowsAsync<StateUnavailableException>(async () => await state.SetAsync("a", "1"));
        await gone.DisposeAsync();
    }

    [Fact]
    public async Task Connect_Password_IsNeverShown()
    {
        var gone = new RedisServer();
        await using RedisState state = await RedisState.ConnectAsync($"{gone.Configuration},password=secret", TimeProvider.System);
        var error = await Assert.ThrowsAsync<StateUnavailableException>(async () => await state.GetAsync("a"));
        Assert.DoesNotContain("secret", $"{error.Message}{state.Trouble}", StringComparison.Ordinal);
        await gone.DisposeAsync();
    }

    private static async Task UntilItWorksAsync(ISharedState state)
    {
        while (true)
            try
            {
                await state.ProbeAsync();
                return;
            }
            catch (StateUnavailableException)
            {
                await Task.Delay(20);
            }
    }
}
