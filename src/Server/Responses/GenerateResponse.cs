using System.ComponentModel;
using System.Text.Json;

namespace InferenceServer.Server.Responses;

/// <summary>Answer of POST /api/generate, and the data of a stream's last event.</summary>
public sealed record GenerateResponse(
    string Id,
    string Model,
    [property: Description("The answer.")] string Text,
    [property: Description("stop: the model ended or a stop string came; length: a limit was reached; abstained: no answer is given.")] string FinishReason,
    [property: Description("What the strategy judged the answer by; absent when it was not judged.")] double? Score,
    [property: Description("Every candidate, the answer included.")] IReadOnlyList<CandidateBody> Candidates,
    Bill Bill,
    Usage Usage,
    [property: Description("The plan as it was run, defaults filled in.")] JsonElement Strategies,
    long Seed,
    [property: Description("What happened, when include asks for it.")] IReadOnlyList<TraceBody>? Trace)
{
    [Description("The part that the request took in an experiment; absent when it took none.")]
    public ExperimentPart? Experiment { get; init; }
    [Description("The limit of the budget that was reached; the answer is the best so far. Absent when none was.")]
    public string? BudgetExhausted { get; init; }
    [Description("Why no answer is given.")]
    public AbstentionBody? Abstention { get; init; }
    [Description("What a reader should know about how the answer came about, a fallback for instance.")]
    public IReadOnlyList<string>? Notes { get; init; }
    [Description("Of a replay: the trace that was replayed.")]
    public string? ReplayOf { get; init; }
    [Description("Of a replay: candidates of the trace that did not have to be computed again, or not from the beginning.")]
    public int? ReusedCandidates { get; init; }
    [Description("Of a replay: their tokens. The bill counts them all the same: it says what the plan costs.")]
    public long? ReusedTokens { get; init; }
}
