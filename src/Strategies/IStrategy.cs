using InferenceServer.Plugins;

namespace InferenceServer.Strategies;

/// <summary>
/// An inference-time algorithm. Yields an answer whenever it has a better one; the last one yielded stands. Stateless: one instance serves all requests.
/// </summary>
[PluginKind("strategy")]
public interface IStrategy<in TOptions> where TOptions : StrategyOptions
{
    IAsyncEnumerable<Answer> RunAsync(TOptions options, GenerationContext context, CancellationToken cancellationToken);

    /// <summary>What in the options cannot work with this model or request; null when nothing. Asked before a token is spent.</summary>
    PlanProblem? Check(TOptions options, PlanContext plan) => null;
}

/// <summary>What a plan is checked against.</summary>
/// <param name="Model">Who will be asked.</param>
/// <param name="Request">What will be asked.</param>
/// <param name="Stage">Where in <see cref="GenerationRequest.Strategies"/> the strategy stands.</param>
public sealed record PlanContext(ILanguageModel Model, GenerationRequest Request, int Stage);

/// <summary>Why a strategy cannot run.</summary>
/// <param name="Field">The option at fault as JSON spells it.</param>
/// <param name="Message">What is wrong and what would be allowed.</param>
public sealed record PlanProblem(string Field, string Message);
