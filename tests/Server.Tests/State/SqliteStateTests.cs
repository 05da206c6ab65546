using InferenceServer.Server.State;
using InferenceServer.Shared;
using InferenceServer.Strategies.State;
using Microsoft.Extensions.Time.Testing;

namespace InferenceServer.Server.Tests.State;

public sealed class SqliteStateTests : SharedStateContract, IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private SqliteState _state = null!;

    protected override ISharedState State => _state;

    private string Path => _folder.File("deep/er/state.db");

    public ValueTask InitializeAsync()
    {
        _state = new SqliteState(Path, TimeProvider.System);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _state.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Open_Again_FindsEverything()
    {
        await _state.SetAsync("a", "1");
        await _state.AddAsync("b", 2);
        await _state.PushAsync("c", "3", 9);
        await _state.DisposeAsync();
        _state = new SqliteState(Path, TimeProvider.System);
        Assert.Equal(["1", "2"], await _state.GetManyAsync(["a", "b"]));
        Assert.Equal(["3"], await _state.RecentAsync("c", 9));
    }

    [Fact]
    public async Task Open_TwiceAtOnce_BothSeeWhatTheOtherWrites()
    {
        await using var other = new SqliteState(Path, TimeProvider.System);
        await Task.WhenAll(AddAsync(_state), AddAsync(other));
        Assert.Equal("100", await other.GetAsync("a"));

        static async Task AddAsync(SqliteState state)
        {
            for (int i = 0; i < 50; i++)
                await state.AddAsync("a", 1);
        }
    }

    [Fact]
    public async Task Expired_AfterAMinute_LeavesTheFile()
    {
        var time = new FakeTimeProvider();
        await using (var state = new SqliteState(_folder.File("b.db"), time))
        {
            await state.SetAsync("secret-key", "1", TimeSpan.FromSeconds(5));
            time.Advance(TimeSpan.FromMinutes(2));
            await state.SetAsync("other", "1");
        }
        Assert.Empty(Rows("SELECT key FROM item WHERE key = 'secret-key'", _folder.File("b.db")));
    }

    [Fact]
    public void Open_NoStateFile_SaysSo()
    {
        File.WriteAllText(_folder.File("notes.txt"), string.Concat(Enumerable.Repeat("these are notes\n", 100)));
        var error = Assert.Throws<StateUnavailableException>(() => new SqliteState(_folder.File("notes.txt"), TimeProvider.System));
        Assert.Contains("is no state file", error.Message, StringComparison.Ordinal);
        Assert.Contains("--state", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/proc/none/state.db", "folder of the state file")]
    [InlineData("/proc/state.db", "cannot be opened")]
    public void Open_WhereNothingCanBeWritten_SaysSo(string path, string message)
    {
        Assert.SkipUnless(Directory.Exists("/proc/self"), "This system has no /proc.");
        var error = Assert.Throws<StateUnavailableException>(() => new SqliteState(path, TimeProvider.System));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_LaterFormat_IsRefused()
    {
        await _state.DisposeAsync();
        Rows("PRAGMA user_version = 99", Path);
        var error = Assert.Throws<StateUnavailableException>(() => new SqliteState(Path, TimeProvider.System));
        Assert.Contains("later version", error.Message, StringComparison.Ordinal);
        Rows("PRAGMA user_version = 1", Path);
        _state = new SqliteState(Path, TimeProvider.System);
    }

    [Fact]
    public async Task Set_DiskIsFull_SaysSoAndKeepsWhatWasThere()
    {
        // SQLite reports a file that may not grow as a disk that is full.
        await using var state = new SqliteState(new SqliteFile(_folder.File("small.db")) { MaxPages = 20 }, TimeProvider.System);
        await state.SetAsync("small", "1");
        var error = await Assert.ThrowsAsync<StateUnavailableException>(async () => await state.SetAsync("large", new string('x', 1 << 20)));
        Assert.Contains("full", error.Message, StringComparison.Ordinal);
        Assert.Equal(error.Message, state.Trouble);
        Assert.Equal("1", await state.GetAsync("small"));
        Assert.Null(await state.GetAsync("large"));
        await state.RemoveAsync("small");
        Assert.Null(state.Trouble);
    }

    [Fact]
    public async Task Set_AfterDispose_IsRefused()
    {
        var state = new SqliteState(_folder.File("closed.db"), TimeProvider.System);
        await state.DisposeAsync();
        await Assert.ThrowsAsync<StateUnavailableException>(async () => await state.SetAsync("a", "1"));
    }

    private static List<string> Rows(string sql, string path)
    {
        using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        return connection.Strings(sql);
    }
}
