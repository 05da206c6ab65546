namespace InferenceServer.Strategies;

/// <summary>One strategy of a plan, its options bound.</summary>
internal sealed record PipelineStage(
    StrategyOptions Options,
    Func<GenerationContext, CancellationToken, IAsyncEnumerable<Answer>> RunAsync,
    Func<PlanContext, PlanProblem?> Check);
