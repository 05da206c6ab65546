using InferenceServer.Engine;

namespace InferenceServer.Strategies;

/// <summary>Turns a request's plan into a run: strategies from the outermost to the innermost, plain sampling inside them all.</summary>
public sealed class StrategyPipeline(StrategyCatalog catalog, TimeProvider time)
{
    /// <summary>Strategies in one plan at most.</summary>
    public const int MaxStages = 16;

    /// <summary>Candidates that a plan may ask for at most, all levels multiplied.</summary>
    public const int MaxCandidates = 1024;

    /// <summary>Checks the request before a token is spent, and makes its run.</summary>
    /// <param name="model">Whom to ask.</param>
    /// <param name="request">Prompt, plan and limits.</param>
    /// <param name="onEvent">Hears everything that happens, one event at a time, on the thread where it happens: it must be quick.</param>
    /// <param name="choices">How many times the caller will run the plan (<see cref="GenerationRun.SampleAsync"/>).</param>
    /// <exception cref="StrategyPlanException">The plan or a limit cannot work; the path says which.</exception>
    /// <exception cref="PromptTooLongException">The prompt leaves no room for a completion.</exception>
    public GenerationRun Start(ILanguageModel model, GenerationRequest request, Action<TraceEvent>? onEvent = null, int choices = 1)
    {
        if (request.Prompt.Length == 0)
            throw new StrategyPlanException("prompt", "is empty; at least one token is needed.");
        if (request.Prompt.Length >= model.ContextLength)
            throw new PromptTooLongException(request.Prompt.Length, model.ContextLength);
        if (request.MaxTokens < 1)
            throw new StrategyPlanException("max_tokens", $"{request.MaxTokens} is out of range: at least 1.");
        if (request.Budget.MaxTotalTokens is int tokens && tokens <= request.Prompt.Length)
            throw new StrategyPlanException("max_total_tokens", $"{tokens} does not cover the prompt's {request.Prompt.Length} tokens and one of an answer.");
        if (request.Budget.Deadline is { } deadline && deadline <= TimeSpan.Zero)
            throw new StrategyPlanException("deadline_ms", "must be positive.");
        if (request.Strategies.Count > MaxStages)
            throw new StrategyPlanException("strategies", $"holds {request.Strategies.Count} strategies; at most {MaxStages} are allowed.");

        var stages = new List<PipelineStage>(request.Strategies.Count);
        long candidates = choices;
        for (int i = 0; i < request.Strategies.Count; i++)
        {
            PipelineStage stage = catalog.Stage(request.Strategies[i]);
            if (stage.Check(model) is { } problem)
                throw new StrategyPlanException($"strategies[{i}].{problem.Field}", problem.Message);
            candidates *= stage.Options.Fanout;
            if (candidates > MaxCandidates)
                throw new StrategyPlanException($"strategies[{i}]", $"brings the plan to {candidates} candidates; at most {MaxCandidates} are allowed.");
            stages.Add(stage);
        }
        return new GenerationRun(model, request, stages, time, onEvent);
    }
}
