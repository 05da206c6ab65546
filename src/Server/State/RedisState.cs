using System.Globalization;
using System.Net;
using InferenceServer.Strategies.State;
using Polly;
using Polly.CircuitBreaker;
using StackExchange.Redis;

namespace InferenceServer.Server.State;

/// <summary>
/// Shared state on Redis, for several servers. One server (or a primary with replicas behind Sentinel), not a cluster: scripts and multi-key reads touch keys of
/// any slot. How durable an acknowledged write is, is Redis's own setting: <c>appendonly yes</c> with <c>appendfsync always</c> keeps the promise of
/// <see cref="ISharedState"/> to the letter, Redis's defaults lose the last seconds when its machine dies.
/// While Redis is away every call fails at once: commands are not kept for later, and after repeated time-outs a circuit breaker stops asking for a second at a
/// time. The connection comes back by itself.
/// </summary>
public sealed class RedisState : ISharedState
{
    // Lists and values apart, so that listing the one does not find the other.
    private const string Values = "itc:v:", Lists = "itc:l:", Channels = "itc:c:";
    private const int TimeoutMs = 1000;
    private static readonly TimeSpan Break = TimeSpan.FromSeconds(1);

    private const string CompareAndSet = """
        local current = redis.call('GET', KEYS[1])
        if ARGV[1] == '0' and current ~= false then return 0 end
        if ARGV[1] == '1' and current ~= ARGV[2] then return 0 end
        if ARGV[4] == '' then redis.call('SET', KEYS[1], ARGV[3]) else redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4]) end
        return 1
        """;

    private const string Add = """
        local fresh = redis.call('EXISTS', KEYS[1]) == 0
        redis.call('INCRBY', KEYS[1], ARGV[1])
        if fresh and ARGV[2] ~= '' then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
        return {redis.call('GET', KEYS[1]), redis.call('PTTL', KEYS[1])}
        """;

    private const string Push = """
        redis.call('LPUSH', KEYS[1], ARGV[1])
        redis.call('LTRIM', KEYS[1], 0, ARGV[2] - 1)
        """;

    private readonly ConnectionMultiplexer _redis;
    private readonly string _where;
    private readonly ResiliencePipeline _breaker;
    private volatile string? _trouble;

    private RedisState(ConnectionMultiplexer redis, string where, TimeProvider time)
    {
        (_redis, _where) = (redis, where);
        _breaker = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<TimeoutException>().Handle<RedisConnectionException>(),
                FailureRatio = 0.5,
                MinimumThroughput = 4,
                SamplingDuration = TimeSpan.FromSeconds(5),
                BreakDuration = Break,
            })
            .Build();
    }

    /// <param name="configuration">host:port, or StackExchange.Redis's whole syntax: <c>host:6379,password=...,ssl=true</c>.</param>
    /// <param name="time">The circuit breaker's clock; what expires, expires by Redis's own.</param>
    /// <exception cref="ArgumentException">The configuration cannot be read. A Redis that is away is no error: the state is in trouble until it comes.</exception>
    public static async Task<RedisState> ConnectAsync(string configuration, TimeProvider time)
    {
        var options = ConfigurationOptions.Parse(configuration);
        if (options.EndPoints.Count == 0)
            throw new ArgumentException("it names no host.", nameof(configuration));
        options.AbortOnConnectFail = false;
        options.BacklogPolicy = BacklogPolicy.FailFast;
        options.ClientName ??= "inference-server";
        options.ConnectTimeout = options.AsyncTimeout = options.SyncTimeout = TimeoutMs;
        options.ReconnectRetryPolicy = new LinearRetry(TimeoutMs);
        // Without a password, which may not be shown.
        string where = string.Join(", ", options.EndPoints.Select(endPoint => endPoint is DnsEndPoint dns ? $"{dns.Host}:{dns.Port}" : $"{endPoint}"));
        return new RedisState(await ConnectionMultiplexer.ConnectAsync(options), where, time);
    }

    public string? Trouble => _redis.IsConnected ? _trouble : Away;

    private string Away => $"Redis at {_where} cannot be reached; the server tries again by itself.";

    public async ValueTask ProbeAsync(CancellationToken cancellationToken = default) => await RunAsync(redis => redis.PingAsync(), cancellationToken);

    public async ValueTask<string?> GetAsync(string key, CancellationToken cancellationToken = default) =>
        await RunAsync(redis => redis.StringGetAsync(Values + key), cancellationToken);

    public async ValueTask<IReadOnlyList<string?>> GetManyAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken = default)
    {
        if (keys.Count == 0)
            return [];
        RedisValue[] values = await RunAsync(redis => redis.StringGetAsync([.. keys.Select(key => (RedisKey)(Values + key))]), cancellationToken);
        return [.. values.Select(value => (string?)value)];
    }

    public async ValueTask SetAsync(string key, string value, TimeSpan? expiry = null, CancellationToken cancellationToken = default) =>
        await RunAsync(redis => expiry is { } span ? redis.StringSetAsync(Values + key, value, span) : redis.StringSetAsync(Values + key, value), cancellationToken);

    public async ValueTask<bool> CompareAndSetAsync(string key, string? expected, string value, TimeSpan? expiry = null, CancellationToken cancellationToken = default) =>
        (int)await ScriptAsync(CompareAndSet, Values + key, [expected is null ? "0" : "1", expected ?? "", value, Milliseconds(expiry)], cancellationToken) == 1;

    public async ValueTask<bool> RemoveAsync(string key, CancellationToken cancellationToken = default) =>
        await RunAsync(redis => redis.KeyDeleteAsync(Values + key), cancellationToken);

    public async ValueTask<IReadOnlyList<string>> KeysAsync(string prefix, CancellationToken cancellationToken = default)
    {
        string pattern = Values + string.Concat(prefix.Select(c => c is '*' or '?' or '[' or ']' or '\\' ? $"\\{c}" : $"{c}")) + "*";
        List<string> keys = await RunAsync(async _ =>
        {
            var found = new HashSet<string>(StringComparer.Ordinal);
            IServer server = _redis.GetServers().FirstOrDefault(server => server is { IsConnected: true, IsReplica: false })
                ?? throw new RedisConnectionException(ConnectionFailureType.UnableToConnect, CommandFlags.None, Away);
            await foreach (RedisKey key in server.KeysAsync(pattern: pattern, pageSize: 1000).WithCancellation(cancellationToken))
                found.Add(((string)key!)[Values.Length..]);
            return found.ToList();
        }, cancellationToken);
        keys.Sort(StringComparer.Ordinal);
        return keys;
    }

    public async ValueTask<StateCounter> AddAsync(string key, long amount, TimeSpan? window = null, CancellationToken cancellationToken = default)
    {
        var reply = (RedisResult[])(await ScriptAsync(Add, Values + key, [amount, Milliseconds(window)], cancellationToken))!;
        // Read back as text: Lua's numbers are doubles.
        long sum = long.Parse((string)reply[0]!, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture), remaining = (long)reply[1];
        return new(sum, remaining >= 0 ? TimeSpan.FromMilliseconds(remaining) : null);
    }

    public async ValueTask PushAsync(string list, string value, int capacity, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        await ScriptAsync(Push, Lists + list, [value, capacity], cancellationToken);
    }

    public async ValueTask<IReadOnlyList<string>> RecentAsync(string list, int count, CancellationToken cancellationToken = default) =>
        count < 1 ? [] : [.. (await RunAsync(redis => redis.ListRangeAsync(Lists + list, 0, count - 1), cancellationToken)).Select(value => (string)value!)];

    public async ValueTask PublishAsync(string channel, string message, CancellationToken cancellationToken = default) =>
        await RunAsync(redis => redis.PublishAsync(RedisChannel.Literal(Channels + channel), message), cancellationToken);

    public async ValueTask<IAsyncDisposable> SubscribeAsync(string channel, Action<string> onMessage, CancellationToken cancellationToken = default)
    {
        ChannelMessageQueue queue = await RunAsync(_ => _redis.GetSubscriber().SubscribeAsync(RedisChannel.Literal(Channels + channel)), cancellationToken);
        queue.OnMessage(message => onMessage((string)message.Message!));
        return new Subscription(queue);
    }

    public ValueTask DisposeAsync() => _redis.DisposeAsync();

    private static RedisValue Milliseconds(TimeSpan? span) =>
        span is { } time ? ((long)Math.Ceiling(time.TotalMilliseconds)).ToString(CultureInfo.InvariantCulture) : "";

    private async Task<RedisResult> ScriptAsync(string script, string key, RedisValue[] arguments, CancellationToken cancellationToken) =>
        // Sent whole each time: a restarted Redis has forgotten the scripts that it was told.
        await RunAsync(redis => redis.ScriptEvaluateAsync(script, [key], arguments, CommandFlags.NoScriptCache), cancellationToken);

    private async Task<T> RunAsync<T>(Func<IDatabase, Task<T>> command, CancellationToken cancellationToken)
    {
        try
        {
            T result = await _breaker.ExecuteAsync(async token => await command(_redis.GetDatabase()).WaitAsync(token), cancellationToken);
            _trouble = null;
            return result;
        }
        catch (RedisServerException e) when (e.Message.Contains("not an integer", StringComparison.Ordinal) || e.Message.Contains("would overflow", StringComparison.Ordinal))
        {
            throw new InvalidOperationException("The value is no counter, or the sum does not fit 64 bits.", e);
        }
        catch (Exception e) when (e is RedisException or TimeoutException or BrokenCircuitException or ObjectDisposedException)
        {
            _trouble = e is RedisServerException ? $"Redis at {_where} refuses: {e.Message}" : Away;
            throw new StateUnavailableException(_trouble, e);
        }
    }

    private sealed class Subscription(ChannelMessageQueue queue) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            try
            {
                await queue.UnsubscribeAsync();
            }
            catch (Exception e) when (e is RedisException or TimeoutException or ObjectDisposedException)
            {
                // Redis is away, and so is its memory of who listens.
            }
        }
    }
}
