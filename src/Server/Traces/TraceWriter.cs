using InferenceServer.Server.Generation;
using InferenceServer.Server.Hosting;
using InferenceServer.Server.State;
using InferenceServer.Server.Telemetry;
using InferenceServer.Strategies.State;

namespace InferenceServer.Server.Traces;

/// <summary>
/// Takes what came of requests and writes their traces in the background: no request waits for the disk, or even for its trace to be made. What waits is bounded by
/// <see cref="MaxWaiting"/> requests and <see cref="MaxWaitingTokens"/> tokens; what comes then is dropped and counted, as long as the disk is slow, full, or Redis is away.
/// </summary>
public sealed class TraceWriter : BackgroundService, IOutcomeListener
{
    public const int MaxWaiting = 4096;

    /// <summary>A token takes about 30 bytes until it is written.</summary>
    public const long MaxWaitingTokens = 2_000_000;

    private const int MaxBatch = 64;
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    /// <summary>Traces that come within this time are written together and share a commit.</summary>
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(100);

    private readonly TraceStore _store;
    private readonly TraceBuilder _builder;
    private readonly ServerOptions _options;
    private readonly TraceMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger<TraceWriter> _logger;
    private readonly OutcomeQueue _queue = new(MaxWaiting, MaxWaitingTokens);
    private readonly List<Pending> _batch = new(MaxBatch);

    public TraceWriter(TraceStore store, TraceBuilder builder, ServerOptions options, TraceMetrics metrics, TimeProvider time, ILogger<TraceWriter> logger)
    {
        (_store, _builder, _options, _metrics, _time, _logger) = (store, builder, options, metrics, time, logger);
        metrics.Waiting = () => _queue.Waiting;
    }

    public Keep KeepOf(GenerationJob job) => IsWanted(job) ? Keep.Recording : Keep.None;

    public ValueTask FinishedAsync(Outcome outcome, CancellationToken cancellationToken)
    {
        Take(outcome);
        return ValueTask.CompletedTask;
    }

    public ValueTask UnfinishedAsync(Outcome outcome)
    {
        Take(outcome);
        return ValueTask.CompletedTask;
    }

    private bool IsWanted(GenerationJob job) => _options.TracesMax > 0 && job.IsTraced;

    private void Take(Outcome outcome)
    {
        if (IsWanted(outcome.Job) && !_queue.TryAdd(outcome))
            _metrics.Dropped("full");
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (await _queue.Reader.WaitToReadAsync(stoppingToken))
        {
            if (_queue.Waiting < MaxBatch)
                await Task.Delay(Gathering, _time, stoppingToken);
            Fill();
            while (_batch.Count > 0)
                try
                {
                    await WriteAsync();
                }
                catch (StateUnavailableException)
                {
                    await Task.Delay(Retry, _time, stoppingToken);
                }
        }
    }

    /// <summary>What still waits is written before the server ends. With state away it is lost.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            for (Fill(); _batch.Count > 0; Fill())
                await WriteAsync();
        }
        catch (StateUnavailableException)
        {
            _metrics.Dropped("state", _queue.Waiting);
            _logger.LogWarning("{Traces} traces were not written: shared state is away.", _queue.Waiting);
        }
    }

    private void Fill()
    {
        while (_batch.Count < MaxBatch && _queue.Reader.TryRead(out Outcome? outcome))
            _batch.Add(new(outcome));
    }

    /// <summary>Writes the batch; when state is away, what is not written stays in it.</summary>
    private async Task WriteAsync()
    {
        foreach (var tenants in _batch.Where(pending => pending.Number is null).GroupBy(pending => pending.Tenant).ToArray())
        {
            long number = await _store.ReserveAsync(tenants.Key, tenants.Count(), CancellationToken.None);
            foreach (Pending pending in tenants)
                pending.Number = number++;
        }
        // Side by side: their writes share one commit.
        await Task.WhenAll(_batch.Select(WriteAsync));
        _metrics.Written(_batch.Count(pending => pending.IsWritten));
        (Tenant Tenant, (long Number, string Id)[] Traces)[] written = [.. _batch.GroupBy(pending => pending.Tenant, pending => (pending.Number!.Value, pending.Outcome.Job.Identity.ResponseId)).Select(group => (group.Key, group.ToArray()))];
        _batch.ForEach(pending => _queue.Release(pending.Outcome));
        _batch.Clear();
        foreach ((Tenant tenant, (long, string)[] traces) in written)
            await TrimAsync(tenant, traces);
    }

    private async Task TrimAsync(Tenant tenant, (long Number, string Id)[] written)
    {
        try
        {
            await _store.TrimAsync(tenant, written, CancellationToken.None);
        }
        catch (StateUnavailableException)
        {
            // The next trace takes them with it.
        }
    }

    private async Task WriteAsync(Pending pending)
    {
        if (pending.IsWritten)
            return;
        try
        {
            pending.Trace ??= _builder.Build(pending.Outcome);
            await _store.WriteAsync(pending.Tenant, pending.Number!.Value, pending.Trace, CancellationToken.None);
            pending.IsWritten = true;
        }
#pragma warning disable CA1031 // A trace that cannot be made costs itself, not those that come after it.
        catch (Exception e) when (e is not StateUnavailableException)
#pragma warning restore CA1031
        {
            _metrics.Dropped("failed");
            _logger.LogError(e, "The trace of {Response} could not be made.", pending.Outcome.Job.Identity.ResponseId);
        }
    }

    /// <summary>A trace on its way; a second attempt goes on where the first one failed.</summary>
    private sealed class Pending(Outcome outcome)
    {
        public Outcome Outcome { get; } = outcome;
        public Tenant Tenant => Outcome.Job.Identity.Tenant;
        public long? Number { get; set; }
        public StoredTrace? Trace { get; set; }
        public bool IsWritten { get; set; }
    }
}
