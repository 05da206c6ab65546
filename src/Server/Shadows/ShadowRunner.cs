using InferenceServer.Engine;
using InferenceServer.Server.Generation;
using InferenceServer.Server.Hosting;
using InferenceServer.Server.Responses;
using InferenceServer.Server.Telemetry;
using InferenceServer.Server.Traces;
using InferenceServer.Strategies;
using InferenceServer.Strategies.Answers;
using InferenceServer.Strategies.Recording;
using InferenceServer.Strategies.State;

namespace InferenceServer.Server.Shadows;

/// <summary>
/// Runs shadow plans, one after the other, each after the request that it belongs to. They never delay anybody: their sequences have a negative priority, which the engine computes only while no other
/// sequence lives, and holds where it is as soon as one does. Candidates that the served plan computed are not computed again. What waits is bounded; what comes then is dropped and counted.
/// </summary>
public sealed class ShadowRunner : BackgroundService, IOutcomeListener
{
    public const int MaxWaiting = 256;

    /// <summary>Tokens in the recordings that wait.</summary>
    public const long MaxWaitingTokens = 500_000;

    private const int WriteAttempts = 60;
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    private readonly ServedModel _model;
    private readonly StrategyPipeline _pipeline;
    private readonly TraceStore _store;
    private readonly ServerOptions _options;
    private readonly TraceMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger<ShadowRunner> _logger;
    private readonly OutcomeQueue _queue = new(MaxWaiting, MaxWaitingTokens);

    public ShadowRunner(ServedModel model, StrategyPipeline pipeline, TraceStore store, ServerOptions options, TraceMetrics metrics, TimeProvider time, ILogger<ShadowRunner> logger)
    {
        (_model, _pipeline, _store, _options, _metrics, _time, _logger) = (model, pipeline, store, options, metrics, time, logger);
        metrics.ShadowsWaiting = () => _queue.Waiting;
    }

    public Keep KeepOf(GenerationJob job) => job.Shadow is null ? Keep.None : Keep.Recording;

    public ValueTask FinishedAsync(Outcome outcome, CancellationToken cancellationToken)
    {
        if (outcome.Job.Shadow is not null && !_queue.TryAdd(outcome))
            _metrics.Shadow("dropped");
        return ValueTask.CompletedTask;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (Outcome served in _queue.Reader.ReadAllAsync(stoppingToken))
        {
            ShadowBody shadow = await RunAsync(served, stoppingToken);
            await WriteAsync(served.Job.Identity, shadow, stoppingToken);
            _metrics.Shadow(shadow.Status);
            _queue.Release(served);
        }
    }

    /// <summary>What has not run when the server ends is dropped.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        for (int left = _queue.Waiting; left > 0; left--)
            _metrics.Shadow("dropped");
    }

    private async Task<ShadowBody> RunAsync(Outcome served, CancellationToken stoppingToken)
    {
        ShadowPlan shadow = served.Job.Shadow!;
        var model = new RecordedModel(_model.Language, shadow.Run.Sampling, served.Recorders.SelectMany(recorder => recorder.Recording?.Candidates ?? []));
        long started = _time.GetTimestamp();
        try
        {
            GenerationRun run = _pipeline.Start(model, shadow.Run);
            Answer? answer = null;
            await foreach (Answer better in run.RunAsync(stoppingToken))
                answer = better;
            string text = answer is { Abstention: null } ? answer.Text : "";
            return new()
            {
                Status = "done",
                Plan = shadow.Echo,
                Answer = _options.TracesRedact || text.Length == 0 ? null : text,
                FinishReason = answer?.FinishReason ?? "length",
                Score = JsonFloat.OrNull(answer?.Score),
                CompletionTokens = (long)run.Ledger.Answer + run.Ledger.Discarded + run.Ledger.Forced + run.Ledger.Scorer,
                ReusedTokens = model.ReusedTokens,
                ElapsedMs = Math.Round(_time.GetElapsedTime(started).TotalMilliseconds, 3),
                Agrees = Agree(served.Choices[0].Text, text),
            };
        }
        catch (Exception e) when (e is StrategyPlanException or EngineException or StateUnavailableException && !stoppingToken.IsCancellationRequested)
        {
            return Failed(e.Message);
        }
#pragma warning disable CA1031 // One that fails costs itself, not those that come after it.
        catch (Exception e) when (e is not OperationCanceledException && !stoppingToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            _logger.LogError(e, "The shadow of {Response} failed.", served.Job.Identity.ResponseId);
            return Failed("It failed; the server's log has the details under the response's id.");
        }

        ShadowBody Failed(string reason) => new() { Status = "failed", Plan = shadow.Echo, Reason = reason, ElapsedMs = Math.Round(_time.GetElapsedTime(started).TotalMilliseconds, 3) };
    }

    private async Task WriteAsync(RequestIdentity identity, ShadowBody shadow, CancellationToken stoppingToken)
    {
        for (int attempt = 1; ; attempt++)
            try
            {
                await _store.WriteShadowAsync(identity.Tenant, identity.ResponseId, shadow, CancellationToken.None);
                return;
            }
            catch (StateUnavailableException) when (attempt < WriteAttempts && !stoppingToken.IsCancellationRequested)
            {
                await Task.Delay(Retry, _time, stoppingToken);
            }
            catch (StateUnavailableException)
            {
                _metrics.Dropped("state");
                return;
            }
    }

    /// <summary>By final answers, as votes compare them; equal texts agree too. Null when one of them has no final answer and the texts differ.</summary>
    private static bool? Agree(string served, string shadow)
    {
        if (AnswerExtractor.Extract(served) is { } a && AnswerExtractor.Extract(shadow) is { } b)
            return AnswerEquality.Same(a, b);
        return served.Length > 0 && served == shadow ? true : null;
    }
}
