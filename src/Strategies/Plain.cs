using System.Runtime.CompilerServices;
using InferenceServer.Plugins;

namespace InferenceServer.Strategies;

/// <summary>One answer from whatever stands inside. An empty plan is the same.</summary>
[Plugin("plain", "Samples one answer.")]
public sealed class Plain : IStrategy<PlainOptions>
{
    public async IAsyncEnumerable<Answer> RunAsync(
        PlainOptions options, GenerationContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (Answer answer in context.SampleAsync(1, cancellationToken))
            yield return answer;
    }
}

public sealed record PlainOptions : StrategyOptions;
