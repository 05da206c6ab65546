using System.Runtime.CompilerServices;
using InferenceServer.Plugins;

namespace InferenceServer.Strategies.Tests;

/// <summary>A strategy with a defect: it fails once it has seen an answer, while other samples still run.</summary>
[Plugin("fainting", "Fails.")]
public sealed class Fainting : IStrategy<FaintingOptions>
{
    public async IAsyncEnumerable<Answer> RunAsync(FaintingOptions options, GenerationContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (Answer answer in context.SampleAsync(4, cancellationToken))
        {
            if (answer.Sample >= 0)
                throw new InvalidOperationException("fainted");
            yield return answer;
        }
    }
}

public sealed record FaintingOptions : StrategyOptions;
