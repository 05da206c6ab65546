using System.Runtime.CompilerServices;
using InferenceServer.Plugins;

namespace InferenceServer.Strategies.Tests;

/// <summary>A strategy that does what a test says, to look at contexts and candidates from inside.</summary>
[Plugin("probe", "Runs a test's body.")]
public sealed class Probe : IStrategy<ProbeOptions>
{
    public static StrategyCatalog Catalog { get; } = new(new PluginCatalog([typeof(Plain).Assembly, typeof(Probe).Assembly]));

    public async IAsyncEnumerable<Answer> RunAsync(ProbeOptions options, GenerationContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (await options.Body!(context) is { } answer)
            yield return answer;
    }
}

public sealed record ProbeOptions : StrategyOptions
{
    [System.Text.Json.Serialization.JsonIgnore] public Func<GenerationContext, Task<Answer?>>? Body { get; init; }
}
