using InferenceServer.Engine;
using InferenceServer.Strategies.Verifying;

namespace InferenceServer.Strategies;

/// <summary>Turns a request's plan into a run: strategies from the outermost to the innermost, plain sampling inside them all.</summary>
public sealed class StrategyPipeline(StrategyCatalog catalog, TimeProvider time)
{
    /// <summary>Strategies in one plan at most.</summary>
    public const int MaxStages = 16;

    /// <summary>Verifiers of one request at most.</summary>
    public const int MaxVerifiers = 16;

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
        if (request.Budget.MaxFlops is double flops && !(flops > 0))
            throw new StrategyPlanException("max_flops", "must be positive.");
        if (request.Strategies.Count > MaxStages)
            throw new StrategyPlanException("strategies", $"holds {request.Strategies.Count} strategies; at most {MaxStages} are allowed.");

        IReadOnlyList<BoundVerifier> verifiers = Verifiers(model, request);
        return new GenerationRun(model, request, Stages(model, request, choices), verifiers, time, onEvent);
    }

    private List<BoundVerifier> Verifiers(ILanguageModel model, GenerationRequest request)
    {
        if (request.Verifiers.Count > MaxVerifiers)
            throw new StrategyPlanException("verifiers", $"holds {request.Verifiers.Count} verifiers; at most {MaxVerifiers} are allowed.");
        var verifiers = new List<BoundVerifier>(request.Verifiers.Count);
        for (int i = 0; i < request.Verifiers.Count; i++)
        {
            BoundVerifier verifier = catalog.Verifiers.Create(request.Verifiers[i]);
            if (verifier.Check(model) is { } problem)
                throw new StrategyPlanException($"verifiers[{i}].{problem.Field}", problem.Message);
            verifiers.Add(verifier);
        }
        return verifiers;
    }

    private List<PipelineStage> Stages(ILanguageModel model, GenerationRequest request, int choices)
    {
        var stages = new List<PipelineStage>(request.Strategies.Count);
        long candidates = choices;
        bool askedAtOnce = false;
        for (int i = 0; i < request.Strategies.Count; i++)
        {
            PipelineStage stage = catalog.Stage(request.Strategies[i]);
            StrategyOptions options = stage.Options;
            if (options.IsInnermost && i + 1 < request.Strategies.Count)
                throw new StrategyPlanException($"strategies[{i + 1}]", $"stands inside {options.Name}, which decodes by itself and uses nothing inside it; make {options.Name} the last strategy.");
            if (options.IsOutermost && i > 0)
                throw new StrategyPlanException($"strategies[{i}]", $"{options.Name} has the last word, so nothing can stand outside it; make it the first strategy.");
            if (stage.Check(new(model, request, i)) is { } problem)
                throw new StrategyPlanException($"strategies[{i}].{problem.Field}", problem.Message);
            // Asked for several answers at once, it brings no more candidates than those.
            if (!(options.ServesWholeCall && askedAtOnce))
                candidates *= options.Fanout;
            askedAtOnce = options.AsksAtOnce;
            if (candidates > MaxCandidates)
                throw new StrategyPlanException($"strategies[{i}]", $"brings the plan to {candidates} candidates; at most {MaxCandidates} are allowed.");
            stages.Add(stage);
        }
        return stages;
    }
}
