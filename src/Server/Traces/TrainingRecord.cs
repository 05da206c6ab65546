using System.Security.Cryptography;
using System.Text.Json;
using InferenceServer.Server.Responses;
using InferenceServer.Strategies.Answers;

namespace InferenceServer.Server.Traces;

/// <summary>
/// One candidate as a line for training, in the schema <c>train-record/1</c>: token ids are the truth, texts are for people, arrays of log-probabilities are parallel to
/// <see cref="CompletionIds"/>. docs/traces.md explains the members.
/// </summary>
public sealed record TrainingRecord
{
    public string Schema => "train-record/1";
    public string Kind => "sample";
    public required string Id { get; init; }

    /// <summary>The same for the same prompt.</summary>
    public required string PromptId { get; init; }

    /// <summary>All candidates of one request that answer one prompt.</summary>
    public required string GroupId { get; init; }
    public required IReadOnlyList<int> PromptIds { get; init; }
    public required IReadOnlyList<int> CompletionIds { get; init; }
    public string? PromptText { get; init; }
    public required string CompletionText { get; init; }
    public required string Tokenizer { get; init; }
    public required IReadOnlyList<RecordSegment> Segments { get; init; }

    /// <summary>After which token each step is complete.</summary>
    public required IReadOnlyList<int> StepEnds { get; init; }
    public string? FinalAnswer { get; init; }
    public required RecordRewards Rewards { get; init; }
    public required RecordBehaviour Behaviour { get; init; }
    public required RecordGroup Group { get; init; }

    /// <summary>Whether it was cut off or given up rather than ended by itself.</summary>
    public required bool Truncated { get; init; }
    public required RecordSource Source { get; init; }

    /// <summary>A line for each candidate that says something; none of a redacted trace, which has nothing to learn from.</summary>
    public static IEnumerable<TrainingRecord> Of(StoredTrace trace)
    {
        if (trace.Request.Redacted)
            yield break;
        foreach (var run in trace.Candidates.Where(candidate => candidate.Tokens.Count > 0).GroupBy(candidate => candidate.Run))
        {
            StoredCandidate[] candidates = [.. run];
            double?[] outcomes = [.. candidates.Select(candidate => OutcomeOf(trace, candidate))];
            var group = new RecordGroup(candidates.Length, outcomes.All(outcome => outcome is not null) ? outcomes.Average() : null);
            for (int i = 0; i < candidates.Length; i++)
                yield return Of(trace, candidates[i], outcomes[i], group);
        }
    }

    private static TrainingRecord Of(StoredTrace trace, StoredCandidate candidate, double? outcome, RecordGroup group)
    {
        string request = $"{trace.Summary.Id}#{candidate.Run}";
        int[] prompt = candidate.Prompt ?? trace.Prompts[candidate.Run];
        TracedSampling sampling = trace.Request.Sampling;
        return new()
        {
            Id = $"{request}-{candidate.Body.Index}",
            PromptId = Convert.ToHexStringLower(SHA256.HashData(System.Runtime.InteropServices.MemoryMarshal.AsBytes<int>(prompt)))[..16],
            GroupId = request,
            PromptIds = prompt,
            CompletionIds = candidate.Tokens.Ids,
            PromptText = trace.Request.Prompts?[candidate.Run] ?? trace.Request.Prompt ?? trace.Request.Messages?.LastOrDefault(message => message.Role == "user")?.Content,
            CompletionText = candidate.Body.Text,
            Tokenizer = trace.Tokenizer,
            Segments = RecordSegment.Of(candidate),
            StepEnds = candidate.StepEnds,
            FinalAnswer = AnswerExtractor.Extract(candidate.Body.Text)?.Text,
            Rewards = new(outcome, candidate.Body.Score, ProcessRewards(candidate), VerifierOf(trace, candidate)),
            Behaviour = new(trace.Fingerprint, sampling.Temperature, sampling.TopP, sampling.TopK, sampling.MinP,
                [.. candidate.Tokens.LogProbs.Select(logprob => float.IsNaN(logprob) ? (float?)null : JsonFloat.LogProb(logprob))]),
            Group = group,
            Truncated = candidate.Body.FinishReason is not "stop",
            Source = new("traces", trace.Summary.Id, candidate.Parent is { } parent ? $"{request}-{parent}" : null, trace.Plan, trace.Seed, trace.Summary.Experiment, trace.Summary.Arm, candidate.Body.Selected, trace.Summary.Created),
        };
    }

    /// <summary>1 or 0 as the request's verifiers said last; null when they said nothing certain.</summary>
    private static double? OutcomeOf(StoredTrace trace, StoredCandidate candidate) => VerdictOf(trace, candidate)?.Outcome switch
    {
        "pass" => 1,
        "fail" => 0,
        _ => null,
    };

    private static string? VerifierOf(StoredTrace trace, StoredCandidate candidate) => VerdictOf(trace, candidate)?.Scorer;

    private static TraceBody? VerdictOf(StoredTrace trace, StoredCandidate candidate) =>
        trace.Events.LastOrDefault(happened => happened.Type == "verified" && happened.Candidate == candidate.Body.Index && happened.Choice == candidate.Body.Choice);

    /// <summary>What the value head said after each step; null without a value head.</summary>
    private static float?[]? ProcessRewards(StoredCandidate candidate)
    {
        float[] values = candidate.Tokens.Values;
        // A token's value is the reward of what stood before it; after the last one stands none.
        float?[] rewards = [.. candidate.StepEnds.Select(end => JsonFloat.OrNull(values[Math.Min(end, values.Length - 1)]))];
        return rewards.Any(reward => reward is not null) ? rewards : null;
    }
}

/// <summary>Tokens [start, end) of a completion by who wrote them.</summary>
public sealed record RecordSegment(int Start, int End, string Role, bool Train)
{
    public static IReadOnlyList<RecordSegment> Of(StoredCandidate candidate)
    {
        var segments = new List<RecordSegment>();
        float[] logprobs = candidate.Tokens.LogProbs;
        for (int start = 0, end; start < logprobs.Length; start = end)
        {
            bool forced = float.IsNaN(logprobs[start]);
            for (end = start; end < logprobs.Length && float.IsNaN(logprobs[end]) == forced; end++)
            {
            }
            segments.Add(new(start, end, forced ? "observation" : "answer", !forced));
        }
        return segments;
    }
}

/// <param name="Outcome">1 when the request's verifiers passed it, 0 when they did not; absent when they said nothing.</param>
/// <param name="Score">What the strategy judged it by.</param>
/// <param name="Dense">The value head's reward after each step.</param>
public sealed record RecordRewards(double? Outcome, double? Score, IReadOnlyList<float?>? Dense, string? Verifier);

/// <param name="TokenLogprobs">At temperature 1, before penalties and truncation, whatever <paramref name="Temperature"/> is; null for tokens that the model did not write.</param>
public sealed record RecordBehaviour(string Model, float Temperature, float TopP, int TopK, float MinP, IReadOnlyList<float?> TokenLogprobs)
{
    public double LogprobTemperature => 1;
}

/// <param name="PassRate">Share that the verifiers passed; absent unless they said something about each.</param>
public sealed record RecordGroup(int Size, double? PassRate);

public sealed record RecordSource(string Engine, string Trace, string? ParentId, JsonElement Plan, long Seed, string? Experiment, string? Arm, bool Selected, long Created);
