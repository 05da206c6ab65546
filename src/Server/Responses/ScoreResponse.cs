using System.ComponentModel;
using System.Text.Json.Serialization;
using InferenceServer.Engine;
using InferenceServer.Server.Generation;

namespace InferenceServer.Server.Responses;

/// <summary>Answer of POST /api/score.</summary>
public sealed record ScoreResponse(string Model, int PromptTokens,
    [property: Description("One for each continuation, in order.")] IReadOnlyList<ContinuationScore> Continuations, Usage Usage);

public sealed record ContinuationScore(
    int Index,
    string Text,
    IReadOnlyList<ScoredToken> Tokens,
    [property: Description("Log-probability of the whole continuation.")] double SumLogprob,
    [property: Description("The same per token.")] double MeanLogprob,
    [property: Description("exp(-mean_logprob).")] double Perplexity,
    double MeanEntropy,
    [property: Description("Process reward after the last token; null without a value head."), JsonIgnore(Condition = JsonIgnoreCondition.Never)] float? EndValue);

/// <summary>One token with what the model thought of it.</summary>
/// <param name="Logprob">Natural logarithm of its probability at temperature 1.</param>
/// <param name="Entropy">Entropy in nats of the distribution it stands in.</param>
/// <param name="Value">Process reward, 0 to 1, of the text before this token; null without a value head.</param>
/// <param name="TopLogprobs">The most probable tokens there, best first, when asked for.</param>
public sealed record ScoredToken(int Id, string Text, float Logprob, float Entropy,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] float? Value, IReadOnlyList<ScoredAlternative>? TopLogprobs)
{
    public static ScoredToken From(SampledToken token, TokenTexts texts) => new(
        token.Id,
        texts[token.Id].Text,
        JsonFloat.LogProb(token.LogProb),
        JsonFloat.LogProb(token.Entropy),
        JsonFloat.OrNull(token.Value),
        token.Top is null ? null : [.. token.Top.Select(top => new ScoredAlternative(top.Id, texts[top.Id].Text, JsonFloat.LogProb(top.LogProb)))]);
}

public sealed record ScoredAlternative(int Id, string Text, float Logprob);
