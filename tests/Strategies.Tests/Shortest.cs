using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Runtime.CompilerServices;
using InferenceServer.Plugins;

namespace InferenceServer.Strategies.Tests;

[Plugin("shortest", "Samples n answers and returns the shortest.")]
public sealed class Shortest : IStrategy<ShortestOptions>
{
    public async IAsyncEnumerable<Answer> RunAsync(
        ShortestOptions options, GenerationContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Answer? best = null;
        await foreach (Answer answer in context.SampleAsync(options.N, cancellationToken))
            if (best is null || (answer.Text.Length, answer.Sample).CompareTo((best.Text.Length, best.Sample)) < 0)
                yield return best = answer;
    }
}

public sealed record ShortestOptions : StrategyOptions
{
    [Description("How many answers to sample."), Range(1, 64)]
    public int N { get; init; } = 4;
    public override int Fanout => N;
}
