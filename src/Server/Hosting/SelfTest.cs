using InferenceServer.Engine;
using InferenceServer.Engine.Sampling;
using InferenceServer.Server.Generation;

namespace InferenceServer.Server.Hosting;

/// <summary>Once, at start: does the model compute? A prompt and a few tokens have to come out with finite log-probabilities.</summary>
public sealed class SelfTest(ServedModel model, Readiness readiness, ILogger<SelfTest> logger) : BackgroundService
{
    private const int Tokens = 4;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await using SequenceHandle sequence = model.Language.Start([0], new SequenceOptions { Sampling = SamplingOptions.Greedy });
            int count = Math.Min(Tokens, model.Language.ContextLength - 1);
            await foreach (SampledToken token in sequence.DecodeAsync(count, cancellationToken: stoppingToken))
                if (!float.IsFinite(token.LogProb))
                    throw new InvalidOperationException($"the model gave a log-probability of {token.LogProb}; its weights are damaged or do not fit this format");
            readiness.SelfTestEnded(null);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server stops before it was ready.
        }
#pragma warning disable CA1031 // Whatever is wrong, readiness says so and the process stays up to be asked.
        catch (Exception e)
#pragma warning restore CA1031
        {
            logger.LogError(e, "The self-test failed; /health/ready answers 503.");
            readiness.SelfTestEnded($"the self-test at start failed: {e.Message}");
        }
    }
}
