using System.Globalization;
using InferenceServer.Strategies.State;
using Microsoft.Data.Sqlite;

namespace InferenceServer.Server.State;

/// <summary>The file behind <see cref="SqliteState"/>: where it lies, how it is opened, and what is said when it cannot be.</summary>
internal sealed class SqliteFile(string path)
{
    /// <summary>Raised when the tables change; a file of a later version is refused rather than misread.</summary>
    private const int Version = 1;

    // SQLite's primary result codes: https://sqlite.org/rescode.html
    private const int Busy = 5, ReadOnly = 8, InputOutput = 10, Corrupt = 11, Full = 13, CannotOpen = 14, NoDatabase = 26;

    /// <summary>Pages of 4 KiB that the file may have; null does not limit it.</summary>
    public int? MaxPages { get; init; }

    private readonly string _path = System.IO.Path.GetFullPath(path);

    /// <exception cref="StateUnavailableException">It cannot be used; the message says why and what to do.</exception>
    public (SqliteConnection Writer, SqliteConnection Reader) Open()
    {
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(_path)!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StateUnavailableException($"The folder of the state file {_path} cannot be made: {e.Message} Name another file with --state FILE.", e);
        }
        SqliteConnection? writer = null, reader = null;
        try
        {
            writer = Connect();
            writer.Execute("PRAGMA journal_mode = WAL");
            writer.Execute("PRAGMA synchronous = FULL");
            long version = writer.Number("PRAGMA user_version");
            if (version > Version)
                throw new StateUnavailableException($"The state file {_path} was written by a later version of this server (format {version}, this one knows {Version}). Name another file with --state FILE.");
            writer.Execute($"""
                CREATE TABLE IF NOT EXISTS item(key TEXT PRIMARY KEY, value TEXT NOT NULL, expires INTEGER) WITHOUT ROWID;
                CREATE INDEX IF NOT EXISTS item_expires ON item(expires) WHERE expires IS NOT NULL;
                CREATE TABLE IF NOT EXISTS list(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, value TEXT NOT NULL);
                CREATE INDEX IF NOT EXISTS list_name ON list(name, id);
                CREATE TABLE IF NOT EXISTS probe(id INTEGER PRIMARY KEY, time INTEGER NOT NULL);
                PRAGMA user_version = {Version};
                """);
            if (MaxPages is { } pages)
                writer.Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA max_page_count = {pages}"));
            reader = Connect();
            return (writer, reader);
        }
        catch (SqliteException e)
        {
            reader?.Dispose();
            writer?.Dispose();
            throw Face(e);
        }
        catch (StateUnavailableException)
        {
            writer?.Dispose();
            throw;
        }
    }

    /// <summary>What went wrong, in an operator's words.</summary>
    public StateUnavailableException Face(SqliteException e) => new(e.SqliteErrorCode switch
    {
        Full => $"The disk that holds the state file {_path} is full: make room, or name another file with --state FILE.",
        ReadOnly => $"The state file {_path} is read-only: make it and its folder writable, or name another file with --state FILE.",
        CannotOpen => $"The state file {_path} cannot be opened: make it and its folder readable and writable, or name another file with --state FILE.",
        NoDatabase or Corrupt => $"{_path} is no state file, or it is damaged: restore a backup, or name another file with --state FILE.",
        Busy => $"Another process has held the state file {_path} locked for too long.",
        InputOutput => $"Reading or writing the state file {_path} failed: {e.Message}",
        _ => $"The state file {_path} cannot be used: {e.Message}",
    }, e);

    private SqliteConnection Connect()
    {
        // Without the pool a disposed connection closes the file.
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = _path, Pooling = false, DefaultTimeout = 5 }.ToString());
        try
        {
            connection.Open();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
