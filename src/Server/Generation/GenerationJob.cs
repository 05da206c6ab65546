using System.Text.Json;
using InferenceServer.Modeling.Text;
using InferenceServer.Server.Experiments;
using InferenceServer.Server.Shadows;
using InferenceServer.Strategies;

namespace InferenceServer.Server.Generation;

/// <summary>A prompt ready for the model, and where it stood in the request.</summary>
public sealed record EncodedPrompt(int[] Tokens, string Path)
{
    /// <summary>The conversation that it is; null for a plain prompt.</summary>
    public IReadOnlyList<ChatMessage>? Messages { get; init; }
}

/// <summary>A request with everything resolved: one run for each prompt, each with <see cref="Choices"/> choices.</summary>
public sealed record GenerationJob
{
    public required RequestIdentity Identity { get; init; }

    public required IReadOnlyList<GenerationRequest> Runs { get; init; }

    /// <summary>Choices of one run.</summary>
    public required int Choices { get; init; }

    /// <summary>The seed as asked for or drawn.</summary>
    public required long Seed { get; init; }

    /// <summary>The plan as it will be run, for the response.</summary>
    public required JsonElement Plan { get; init; }

    /// <summary>Where the plan came from.</summary>
    public required PlanOrigin PlanOrigin { get; init; }

    /// <summary>Whether each choice is one sequence, whose tokens can be streamed as they come.</summary>
    public required bool IsPlain { get; init; }

    /// <summary>What OpenAI's endpoints call the end of a choice without an answer.</summary>
    public string AbstainedAs { get; init; } = "abstained";

    /// <summary>A choice's end in the words of OpenAI's endpoints.</summary>
    public string FinishReasonOf(Choice choice) => choice.Abstention is null ? choice.FinishReason : AbstainedAs;

    /// <summary>Its part in an experiment; null for none.</summary>
    public Participation? Experiment { get; init; }

    /// <summary>The request's verifiers as they were given, for its trace; null when there were none.</summary>
    public JsonElement? Verifiers { get; init; }

    /// <summary>Whom to ask; null for the served model.</summary>
    public ILanguageModel? Model { get; init; }

    /// <summary>The trace whose request this is; null for a request of its own.</summary>
    public string? ReplayOf { get; init; }

    /// <summary>What runs in its shadow once it is answered; null for nothing.</summary>
    public ShadowPlan? Shadow { get; init; }

    /// <summary>Whether the request leaves a trace.</summary>
    public bool IsTraced { get; init; } = true;

    public int TotalChoices => Runs.Count * Choices;
    public int PromptTokens => Runs.Sum(run => run.Prompt.Length);
}
