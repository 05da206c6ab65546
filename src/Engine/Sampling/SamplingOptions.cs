namespace InferenceServer.Engine.Sampling;

/// <summary>How tokens are drawn. The order is fixed: logit bias, penalties, temperature, top-k, min-p, top-p, draw.</summary>
public sealed record SamplingOptions
{
    /// <summary>0 is greedy.</summary>
    public float Temperature { get; init; } = 1f;

    /// <summary>Keep the k most probable tokens; 0 keeps all.</summary>
    public int TopK { get; init; }

    /// <summary>Keep the smallest set of tokens whose probability reaches this mass; 1 keeps all.</summary>
    public float TopP { get; init; } = 1f;

    /// <summary>Drop tokens less probable than this share of the most probable one; 0 keeps all.</summary>
    public float MinP { get; init; }

    /// <summary>Divides (positive) or multiplies (negative) the logits of tokens seen in prompt or completion; 1 is off.</summary>
    public float RepetitionPenalty { get; init; } = 1f;

    /// <summary>Subtracted once for each time a token was sampled.</summary>
    public float FrequencyPenalty { get; init; }

    /// <summary>Subtracted once from every token that was sampled.</summary>
    public float PresencePenalty { get; init; }

    /// <summary>Added to the logits of the named tokens.</summary>
    public IReadOnlyDictionary<int, float>? LogitBias { get; init; }

    /// <summary>How many of the most probable tokens to report at each position, 0 to 20.</summary>
    public int TopLogProbs { get; init; }

    /// <summary>Names the random stream. The same model, prompt, options and seed give the same tokens whatever else the engine runs.</summary>
    public ulong Seed { get; init; }

    public static SamplingOptions Greedy { get; } = new() { Temperature = 0 };

    /// <summary>True when the draw depends on which tokens came before.</summary>
    public bool HasPenalties => RepetitionPenalty != 1f || FrequencyPenalty != 0f || PresencePenalty != 0f;
}
