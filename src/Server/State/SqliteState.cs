using System.Globalization;
using InferenceServer.Strategies.State;
using Microsoft.Data.Sqlite;

namespace InferenceServer.Server.State;

/// <summary>
/// Shared state in one SQLite file, for one server (or a few processes of one machine: locks are SQLite's own, only <see cref="PublishAsync"/> stays in its
/// process). Write-ahead log with <c>synchronous=FULL</c>: what was acknowledged survives <c>kill -9</c> and a power cut. Writes of all callers are
/// committed together by <see cref="SqliteWriter"/>, so that the cost of reaching the disk is shared; reads use a connection of their own and wait for no writer.
/// </summary>
public sealed class SqliteState : ISharedState
{
    private readonly SqliteFile _file;
    private readonly SqliteConnection _reader;
    private readonly Lock _reading = new();
    private readonly SqliteWriter _writer;
    private readonly LocalChannels _channels = new();
    private readonly TimeProvider _time;
    private volatile string? _trouble;

    /// <param name="path">The file; it and its folder are made when they are not there.</param>
    /// <param name="time">Decides what has expired.</param>
    /// <exception cref="StateUnavailableException">The file cannot be opened, written, or is no state file.</exception>
    public SqliteState(string path, TimeProvider time) : this(new SqliteFile(path), time)
    {
    }

    internal SqliteState(SqliteFile file, TimeProvider time)
    {
        (_file, _time) = (file, time);
        (SqliteConnection writing, _reader) = _file.Open();
        _writer = new SqliteWriter(writing, time, Failed, () => _trouble = null);
    }

    public string? Trouble => _trouble;

    public ValueTask ProbeAsync(CancellationToken cancellationToken = default) =>
        new(_writer.RunAsync(static connection => connection.Execute("INSERT INTO probe(id, time) VALUES(0, $now) ON CONFLICT(id) DO UPDATE SET time = $now", ("$now", 0L)), cancellationToken));

    public ValueTask<string?> GetAsync(string key, CancellationToken cancellationToken = default) => new(Read(() => Get(_reader, key, Now)));

    public ValueTask<IReadOnlyList<string?>> GetManyAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken = default) =>
        new(Read<IReadOnlyList<string?>>(() => [.. keys.Select(key => Get(_reader, key, Now))]));

    public ValueTask SetAsync(string key, string value, TimeSpan? expiry = null, CancellationToken cancellationToken = default) =>
        new(_writer.RunAsync(connection => Set(connection, key, value, Expires(expiry)), cancellationToken));

    public ValueTask<bool> CompareAndSetAsync(string key, string? expected, string value, TimeSpan? expiry = null, CancellationToken cancellationToken = default) =>
        new(_writer.RunAsync(connection =>
        {
            if (Get(connection, key, Now) != expected)
                return false;
            Set(connection, key, value, Expires(expiry));
            return true;
        }, cancellationToken));

    public ValueTask<bool> RemoveAsync(string key, CancellationToken cancellationToken = default) => new(_writer.RunAsync(
        connection => connection.Execute("DELETE FROM item WHERE key = $key AND (expires IS NULL OR expires > $now)", ("$key", key), ("$now", Now)) > 0, cancellationToken));

    public ValueTask<IReadOnlyList<string>> KeysAsync(string prefix, CancellationToken cancellationToken = default) => new(Read<IReadOnlyList<string>>(() =>
        _reader.Strings("SELECT key FROM item WHERE key >= $prefix AND substr(key, 1, length($prefix)) = $prefix AND (expires IS NULL OR expires > $now) ORDER BY key", ("$prefix", prefix), ("$now", Now))));

    public ValueTask<StateCounter> AddAsync(string key, long amount, TimeSpan? window = null, CancellationToken cancellationToken = default) =>
        new(_writer.RunAsync(connection =>
        {
            long now = Now;
            (string Value, long? Expires)? found = Find(connection, key, now);
            long sum = checked((found is { } old ? long.Parse(old.Value, CultureInfo.InvariantCulture) : 0) + amount);
            long? expires = found is { } living ? living.Expires : Expires(window);
            Set(connection, key, sum.ToString(CultureInfo.InvariantCulture), expires);
            return new StateCounter(sum, expires is { } end ? TimeSpan.FromMilliseconds(end - now) : null);
        }, cancellationToken));

    public ValueTask PushAsync(string list, string value, int capacity, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        return new(_writer.RunAsync(connection =>
        {
            connection.Execute("INSERT INTO list(name, value) VALUES($name, $value)", ("$name", list), ("$value", value));
            return connection.Execute("DELETE FROM list WHERE name = $name AND id <= (SELECT id FROM list WHERE name = $name ORDER BY id DESC LIMIT 1 OFFSET $capacity)",
                ("$name", list), ("$capacity", (long)capacity));
        }, cancellationToken));
    }

    public ValueTask<IReadOnlyList<string>> RecentAsync(string list, int count, CancellationToken cancellationToken = default) => new(Read<IReadOnlyList<string>>(() =>
        _reader.Strings("SELECT value FROM list WHERE name = $name ORDER BY id DESC LIMIT $count", ("$name", list), ("$count", (long)count))));

    public ValueTask PublishAsync(string channel, string message, CancellationToken cancellationToken = default)
    {
        _channels.Publish(channel, message);
        return ValueTask.CompletedTask;
    }

    public ValueTask<IAsyncDisposable> SubscribeAsync(string channel, Action<string> onMessage, CancellationToken cancellationToken = default) =>
        new(_channels.Subscribe(channel, onMessage));

    public async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync();
        lock (_reading)
            _reader.Dispose();
    }

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    private long? Expires(TimeSpan? expiry) => expiry is { } span ? Now + (long)Math.Ceiling(span.TotalMilliseconds) : null;

    private static string? Get(SqliteConnection connection, string key, long now) => Find(connection, key, now)?.Value;

    private static (string Value, long? Expires)? Find(SqliteConnection connection, string key, long now)
    {
        using SqliteCommand command = connection.Command("SELECT value, expires FROM item WHERE key = $key AND (expires IS NULL OR expires > $now)", ("$key", key), ("$now", now));
        using SqliteDataReader row = command.ExecuteReader();
        return row.Read() ? (row.GetString(0), row.IsDBNull(1) ? null : row.GetInt64(1)) : null;
    }

    private static int Set(SqliteConnection connection, string key, string value, long? expires) => connection.Execute(
        "INSERT INTO item(key, value, expires) VALUES($key, $value, $expires) ON CONFLICT(key) DO UPDATE SET value = $value, expires = $expires",
        ("$key", key), ("$value", value), ("$expires", expires));

    private T Read<T>(Func<T> read)
    {
        try
        {
            lock (_reading)
                return read();
        }
        catch (SqliteException e)
        {
            throw Failed(e);
        }
    }

    private StateUnavailableException Failed(SqliteException e)
    {
        StateUnavailableException face = _file.Face(e);
        _trouble = face.Message;
        return face;
    }
}
