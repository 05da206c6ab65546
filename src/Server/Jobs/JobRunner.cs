using System.Collections.Concurrent;
using System.Text.Json;
using InferenceServer.Server.Responses;
using InferenceServer.Server.State;
using InferenceServer.Strategies.State;

namespace InferenceServer.Server.Jobs;

/// <summary>
/// Runs jobs in this process and keeps their progress in shared state, where every server can read it. For one subject there is one job at a time, on whatever server: a
/// lease in shared state, renewed while the job lives, so that a second request gets the job that runs, and a server that died blocks nobody for long.
/// </summary>
public sealed class JobRunner : IHostedService, IAsyncDisposable
{
    private const string Kind = "job", LeaseKind = "job-lease", CancelChannel = "job-cancel";
    private static readonly TimeSpan Kept = TimeSpan.FromDays(7), Lease = TimeSpan.FromSeconds(60), Renewal = TimeSpan.FromSeconds(15);

    private readonly ISharedState _state;
    private readonly TimeProvider _time;
    private readonly ILogger<JobRunner> _logger;
    private readonly ConcurrentDictionary<string, Running> _running = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _listen = new(1);
    private IAsyncDisposable? _listening;
    private volatile bool _stopping;

    public JobRunner(ISharedState state, TimeProvider time, ILogger<JobRunner> logger) => (_state, _time, _logger) = (state, time, logger);

    /// <summary>Starts a job, or finds the one that already runs on this subject.</summary>
    /// <param name="work">Reports its progress and returns its result.</param>
    /// <returns>The job, and whether it was started now.</returns>
    /// <exception cref="StateUnavailableException">State is away: nothing was started.</exception>
    public async Task<(Job Job, bool Started)> StartAsync(
        Tenant tenant, string kind, string subject, Func<Action<JobProgress>, CancellationToken, Task<JsonElement>> work, CancellationToken cancellationToken)
    {
        await ListenAsync();
        string leaseKey = tenant.Key(LeaseKind, kind, subject), id = $"job-{Guid.CreateVersion7():N}";
        while (!await _state.CompareAndSetAsync(leaseKey, null, id, Lease, cancellationToken))
        {
            if (await _state.GetAsync(leaseKey, cancellationToken) is { } other && await FindAsync(tenant, other, cancellationToken) is { Status: "running" } job)
                return (job, false);
            // It is just beginning or just ending.
            await Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken);
        }
        long now = _time.GetUtcNow().ToUnixTimeSeconds();
        var started = new Job { Id = id, Kind = kind, Subject = subject, Status = "running", Created = now, Updated = now, Message = "waiting to begin" };
        // Whoever asked may have gone; the lease is there, so the job is begun.
        await SaveAsync(tenant, started, CancellationToken.None);
        var running = new Running(tenant, started);
        _running[id] = running;
        running.Task = Task.Run(() => RunAsync(running, leaseKey, work), CancellationToken.None);
        return (started, true);
    }

    /// <summary>A job of any server; null when there is none, or it ended more than a week ago.</summary>
    public async Task<Job?> FindAsync(Tenant tenant, string id, CancellationToken cancellationToken)
    {
        if (_running.TryGetValue(id, out Running? running))
            return running.Tenant == tenant ? running.Latest : null;
        if (!IsId(id) || await _state.GetAsync(tenant.Key(Kind, id), cancellationToken) is not { } json)
            return null;
        Job job = JsonSerializer.Deserialize(json, ApiJson.Instance.Job)!;
        if (job.Status != "running")
            return job;
        // Its server renews the lease as long as it lives.
        return await _state.GetAsync(tenant.Key(LeaseKind, job.Kind, job.Subject), cancellationToken) == id
            ? job
            : job with { Status = "interrupted", Message = "The server that ran it has ended; start it again." };
    }

    /// <summary>Jobs of all servers, the newest first.</summary>
    public async Task<IReadOnlyList<Job>> ListAsync(Tenant tenant, CancellationToken cancellationToken)
    {
        var jobs = new List<Job>();
        string prefix = tenant.Prefix(Kind);
        foreach (string key in await _state.KeysAsync(prefix, cancellationToken))
            if (await FindAsync(tenant, key[prefix.Length..], cancellationToken) is { } job)
                jobs.Add(job);
        // Names begin with the time of their making.
        return [.. jobs.OrderByDescending(job => job.Id, StringComparer.Ordinal)];
    }

    /// <summary>Asks a job to end, on whatever server it runs. Asking again changes nothing.</summary>
    /// <returns>The job as it is now; null when there is none.</returns>
    public async Task<Job?> CancelAsync(Tenant tenant, string id, CancellationToken cancellationToken)
    {
        if (await FindAsync(tenant, id, cancellationToken) is not { } job || job.Status != "running")
            return await FindAsync(tenant, id, cancellationToken);
        if (_running.TryGetValue(id, out Running? running))
        {
            // It ends when its work lets go; its record is written before.
            await running.Cancel.CancelAsync();
            await running.Task.WaitAsync(cancellationToken);
        }
        else
            await _state.PublishAsync(CancelChannel, id, cancellationToken);
        return await FindAsync(tenant, id, cancellationToken);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _stopping = true;
        foreach (Running running in _running.Values)
            await running.Cancel.CancelAsync();
        await Task.WhenAll(_running.Values.Select(running => running.Task)).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public async ValueTask DisposeAsync()
    {
        if (_listening is not null)
            await _listening.DisposeAsync();
        _listen.Dispose();
    }

    private async Task RunAsync(Running running, string leaseKey, Func<Action<JobProgress>, CancellationToken, Task<JsonElement>> work)
    {
        CancellationToken cancelled = running.Cancel.Token;
        using ITimer renewal = _time.CreateTimer(_ => _ = RenewAsync(running, leaseKey), null, Renewal, Renewal);
        Job end;
        try
        {
            JsonElement result = await work(progress => running.Latest = running.Latest with { Done = progress.Done, Total = progress.Total, Message = progress.Message }, cancelled);
            end = running.Latest with { Status = "done", Message = null, Result = result };
        }
        catch (OperationCanceledException) when (cancelled.IsCancellationRequested)
        {
            end = running.Latest with { Status = _stopping ? "interrupted" : "cancelled", Message = _stopping ? "The server was shut down; start it again." : "Cancelled on request." };
        }
#pragma warning disable CA1031 // Whatever went wrong, the job's record says so; nobody else would.
        catch (Exception e)
#pragma warning restore CA1031
        {
            bool isForClients = e is StateUnavailableException or JobFailedException;
            if (!isForClients)
                _logger.LogError(e, "The job {Job} ({Kind} of {Subject}) failed.", running.Latest.Id, running.Latest.Kind, running.Latest.Subject);
            end = running.Latest with { Status = "failed", Message = isForClients ? e.Message : "It failed; the server's log has the details under its name." };
        }
        // Only what is written is shown.
        await SaveUntilWrittenAsync(running.Tenant, end);
        _running.TryRemove(end.Id, out _);
        try
        {
            // Unless another has taken over in the meantime.
            if (await _state.GetAsync(leaseKey) == end.Id)
                await _state.RemoveAsync(leaseKey);
        }
        catch (StateUnavailableException)
        {
            // It expires by itself.
        }
    }

    /// <summary>Renews the lease and writes the progress.</summary>
    private async Task RenewAsync(Running running, string leaseKey)
    {
        try
        {
            string id = running.Latest.Id;
            if (await _state.CompareAndSetAsync(leaseKey, id, id, Lease) && running.Latest.Status == "running")
                await SaveAsync(running.Tenant, running.Latest, CancellationToken.None);
        }
        catch (StateUnavailableException)
        {
            // The next one, perhaps; the job goes on.
        }
    }

    private async Task SaveUntilWrittenAsync(Tenant tenant, Job job)
    {
        for (int attempt = 0; ; attempt++)
            try
            {
                await SaveAsync(tenant, job, CancellationToken.None);
                return;
            }
            catch (StateUnavailableException) when (attempt < 60 && !_stopping)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), _time);
            }
            catch (StateUnavailableException)
            {
                _logger.LogError("What came of the job {Job} could not be written: {Status}.", job.Id, job.Status);
                return;
            }
    }

    private ValueTask SaveAsync(Tenant tenant, Job job, CancellationToken cancellationToken) => _state.SetAsync(
        tenant.Key(Kind, job.Id), JsonSerializer.Serialize(job with { Updated = _time.GetUtcNow().ToUnixTimeSeconds() }, ApiJson.Instance.Job), Kept, cancellationToken);

    /// <summary>Hears of cancellations on other servers, from the first job on.</summary>
    private async Task ListenAsync()
    {
        await _listen.WaitAsync();
        try
        {
            _listening ??= await _state.SubscribeAsync(CancelChannel, id =>
            {
                if (_running.TryGetValue(id, out Running? running))
                    running.Cancel.Cancel();
            });
        }
        finally
        {
            _listen.Release();
        }
    }

    private static bool IsId(string id) => id.Length is > 0 and <= 64 && id.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');

    private sealed class Running(Tenant tenant, Job job)
    {
        private volatile Job _latest = job;

        public Tenant Tenant { get; } = tenant;
        public CancellationTokenSource Cancel { get; } = new();
        public Task Task { get; set; } = Task.CompletedTask;
        public Job Latest { get => _latest; set => _latest = value; }
    }
}

/// <summary>A job cannot go on. The message is for the client.</summary>
public sealed class JobFailedException(string message) : Exception(message);
