using System.Text.Json;
using System.Text.Json.Serialization;
using InferenceServer.Server.Responses;

namespace InferenceServer.Server.Traces;

/// <summary>A trace as it is kept: what the API shows of it, and what it takes to play it again.</summary>
public sealed record StoredTrace
{
    public required TraceSummary Summary { get; init; }
    public required TracedRequest Request { get; init; }
    public required JsonElement Plan { get; init; }
    public required long Seed { get; init; }

    /// <summary>The model's: with another one the same seed draws other tokens.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>The tokenizer's: with another one the same ids are other texts.</summary>
    public required string Tokenizer { get; init; }

    /// <summary>The prompts as tokens; empty when redacted.</summary>
    public required IReadOnlyList<int[]> Prompts { get; init; }
    public required IReadOnlyList<StoredCandidate> Candidates { get; init; }
    public required IReadOnlyList<TraceBody> Events { get; init; }
    public required Bill Bill { get; init; }
    public required Usage Usage { get; init; }
}

/// <summary>One candidate of a <see cref="StoredTrace"/>.</summary>
public sealed record StoredCandidate
{
    /// <summary>Which prompt it answers.</summary>
    public required int Run { get; init; }

    /// <summary>Its text is empty when redacted.</summary>
    public required CandidateBody Body { get; init; }
    public int? Parent { get; init; }
    public int Inherited { get; init; }

    /// <summary>Its prompt, where a strategy changed the request's.</summary>
    public int[]? Prompt { get; init; }
    public ulong? Stream { get; init; }
    public IReadOnlyList<int> StepEnds { get; init; } = [];
    public double? RejectedAtMs { get; init; }
    public int? RejectedAtToken { get; init; }

    /// <summary>Kept apart from the JSON, see <see cref="TraceCodec"/>.</summary>
    [JsonIgnore]
    public TokenColumns Tokens { get; init; } = TokenColumns.Empty;
}
