using System.Threading.Channels;
using InferenceServer.Strategies.State;
using Microsoft.Data.Sqlite;

namespace InferenceServer.Server.State;

/// <summary>
/// Group commit: everything that waits is written in one transaction and acknowledged after it. One write alone costs one flush to disk, a hundred at once cost
/// one as well.
/// </summary>
internal sealed class SqliteWriter : IAsyncDisposable
{
    private const int MaxBatch = 256;
    private static readonly TimeSpan PurgeInterval = TimeSpan.FromMinutes(1);

    private readonly SqliteConnection _connection;
    private readonly TimeProvider _time;
    private readonly Func<SqliteException, StateUnavailableException> _onFailure;
    private readonly Action _onSuccess;
    private readonly Channel<Work> _queue = Channel.CreateUnbounded<Work>(new() { SingleReader = true });
    private readonly Task _loop;
    private long _purged;

    public SqliteWriter(SqliteConnection connection, TimeProvider time, Func<SqliteException, StateUnavailableException> onFailure, Action onSuccess)
    {
        (_connection, _time, _onFailure, _onSuccess) = (connection, time, onFailure, onSuccess);
        _purged = time.GetTimestamp();
        _loop = Task.Run(LoopAsync);
    }

    /// <summary>Runs a change inside a transaction and returns once that is on disk.</summary>
    /// <exception cref="StateUnavailableException">It was not written.</exception>
    public async Task<T> RunAsync<T>(Func<SqliteConnection, T> change, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var work = new Work<T>(change);
        if (!_queue.Writer.TryWrite(work))
            throw new StateUnavailableException("The server is shutting down; its state is closed.");
        return await work.Written.Task.WaitAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _loop;
        _connection.Dispose();
    }

    private async Task LoopAsync()
    {
        var batch = new List<Work>(MaxBatch);
        while (await _queue.Reader.WaitToReadAsync())
        {
            batch.Clear();
            while (batch.Count < MaxBatch && _queue.Reader.TryRead(out Work? work))
                batch.Add(work);
            Write(batch);
        }
    }

    private void Write(List<Work> batch)
    {
        try
        {
            using SqliteTransaction transaction = _connection.BeginTransaction(deferred: false);
            PurgeNowAndThen();
            foreach (Work work in batch)
                work.Run(_connection);
            transaction.Commit();
        }
        catch (SqliteException e)
        {
            // Nothing of the batch was written.
            StateUnavailableException face = _onFailure(e);
            foreach (Work work in batch)
                work.Fail(face);
            return;
        }
        _onSuccess();
        foreach (Work work in batch)
            work.Acknowledge();
    }

    private void PurgeNowAndThen()
    {
        if (_time.GetElapsedTime(_purged) < PurgeInterval)
            return;
        _purged = _time.GetTimestamp();
        _connection.Execute("DELETE FROM item WHERE expires <= $now", ("$now", _time.GetUtcNow().ToUnixTimeMilliseconds()));
    }

    private abstract class Work
    {
        public abstract void Run(SqliteConnection connection);
        public abstract void Acknowledge();
        public abstract void Fail(Exception exception);
    }

    private sealed class Work<T>(Func<SqliteConnection, T> change) : Work
    {
        private T _result = default!;
        private Exception? _failure;

        public TaskCompletionSource<T> Written { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override void Run(SqliteConnection connection)
        {
            try
            {
                _result = change(connection);
            }
            catch (Exception e) when (e is FormatException or OverflowException)
            {
                // The caller's own mistake (adding to a text): the others of the batch have nothing to do with it.
                _failure = new InvalidOperationException("The value is no counter, or the sum does not fit 64 bits.", e);
            }
        }

        public override void Acknowledge()
        {
            if (_failure is null)
                Written.TrySetResult(_result);
            else
                Written.TrySetException(_failure);
        }

        public override void Fail(Exception exception) => Written.TrySetException(exception);
    }
}
