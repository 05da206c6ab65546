using InferenceServer.Engine.Sampling;
using InferenceServer.Modeling.Text;
using InferenceServer.Strategies.State;
using InferenceServer.Strategies.Verifying;

namespace InferenceServer.Strategies;

/// <summary>A request as the strategies see it: token ids in, a plan, and limits. Immutable.</summary>
public sealed record GenerationRequest
{
    public required ReadOnlyMemory<int> Prompt { get; init; }

    /// <summary>The messages that <see cref="Prompt"/> was rendered from; null for a plain prompt. With them a strategy can add turns and lines to the conversation.</summary>
    public IReadOnlyList<ChatMessage>? Messages { get; init; }

    /// <summary>Sampling of every candidate; its seed is the request's, candidates derive theirs from it.</summary>
    public SamplingOptions Sampling { get; init; } = new();

    /// <summary>Tokens of one candidate's completion at most.</summary>
    public required int MaxTokens { get; init; }

    /// <summary>Strings that end a candidate's text; the text stops before them.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>Go on past the model's end token.</summary>
    public bool IgnoreEndToken { get; init; }

    /// <summary>The plan, outermost first; empty is plain sampling.</summary>
    public IReadOnlyList<StrategyOptions> Strategies { get; init; } = [];

    /// <summary>What judges whether an answer is right, for the strategies that ask.</summary>
    public IReadOnlyList<VerifierOptions> Verifiers { get; init; } = [];

    public ComputeBudget Budget { get; init; } = ComputeBudget.Unlimited;

    /// <summary>Whose request it is: a strategy finds that tenant's handbooks and calibrations alone.</summary>
    public string Tenant { get; init; } = StateKey.DefaultTenant;

    /// <summary>Passed on to the engine: higher goes first.</summary>
    public int Priority { get; init; }
}
