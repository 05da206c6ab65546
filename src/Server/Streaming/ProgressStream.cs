using System.Threading.Channels;
using InferenceServer.Server.Errors;
using InferenceServer.Server.Generation;
using InferenceServer.Server.Hosting;
using InferenceServer.Server.Responses;
using InferenceServer.Server.Telemetry;

namespace InferenceServer.Server.Streaming;

/// <summary>
/// Runs a job and sends what happens as server-sent events. Everything that is ready is written together and flushed once, at most every
/// <see cref="ServerOptions.StreamIntervalMs"/>. Nothing is sent before the first
/// thing happens, so a request that is refused still gets its status; after that a failure is an <c>error</c> event and the end of the stream.
/// </summary>
public sealed class ProgressStream(GenerationService generation, ServerOptions options, ServerMetrics metrics, TimeProvider time, ILogger<ProgressStream> logger)
{
    /// <summary>What the clock sends through the channel, so that a stream says something now and then.</summary>
    private static readonly Progress Silence = new(-1, null, null);

    /// <param name="onOutcome">What is done with the outcome before the stream says its last words.</param>
    public async Task RunAsync(HttpContext http, GenerationJob job, Keep keep, ProgressWriter writer, Func<Outcome, ValueTask>? onOutcome = null)
    {
        var channel = Channel.CreateUnbounded<Progress>(new() { SingleReader = true });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        var keepAlive = TimeSpan.FromSeconds(options.KeepAliveSeconds);
        await using ITimer timer = time.CreateTimer(_ => channel.Writer.TryWrite(Silence), null, keepAlive, keepAlive);
        Task<Outcome> run = RunToChannelAsync(job, keep, channel.Writer, stop.Token);
        SseWriter? sse = null;
        try
        {
            while (await channel.Reader.WaitToReadAsync(CancellationToken.None))
            {
                sse ??= Begin(http, writer);
                while (channel.Reader.TryRead(out Progress progress))
                    if (progress == Silence)
                        sse.KeepAlive();
                    else
                        writer.Write(sse, progress);
                writer.Flush(sse);
                await sse.FlushAsync();
                // A write costs more than a token's text. What comes meanwhile goes with the next one, and the end does not wait.
                if (options.StreamIntervalMs > 0)
                    await Task.WhenAny(run, Task.Delay(TimeSpan.FromMilliseconds(options.StreamIntervalMs), time, http.RequestAborted));
            }
            Outcome outcome = await run;
            if (onOutcome is not null)
                await onOutcome(outcome);
            sse ??= Begin(http, writer);
            writer.End(sse, outcome);
            await sse.FlushAsync();
        }
        catch (Exception e) when (sse is not null && !http.RequestAborted.IsCancellationRequested)
        {
            ApiException error = ErrorMapping.From(e, http);
            if (error.Status == StatusCodes.Status500InternalServerError)
                logger.LogError(e, "Request {RequestId} failed while it streamed.", http.TraceIdentifier);
            metrics.Failed(error.Error.Code ?? "");
            sse.Data(new ErrorResponse(error.Error), ApiJson.Instance.ErrorResponse);
            await sse.FlushAsync();
        }
        finally
        {
            await stop.CancelAsync();
            await ((Task)run).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            sse?.Dispose();
        }
    }

    private async Task<Outcome> RunToChannelAsync(GenerationJob job, Keep keep, ChannelWriter<Progress> progress, CancellationToken cancellationToken)
    {
        try
        {
            // Leaves the caller at once: starting a run may compute.
            await Task.Yield();
            return await generation.RunAsync(job, keep, happened => progress.TryWrite(happened), cancellationToken);
        }
        finally
        {
            progress.TryComplete();
        }
    }

    private static SseWriter Begin(HttpContext http, ProgressWriter writer)
    {
        var sse = new SseWriter(http);
        writer.Begin(sse);
        return sse;
    }
}
