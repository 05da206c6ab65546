using System.ComponentModel;

namespace InferenceServer.Server.Responses;

/// <summary>Result of a job that builds a handbook.</summary>
public sealed record HandbookBuildResult(
    [property: Description("Problems whose solution was right.")] int Solved,
    [property: Description("Problems that taught nothing, since their solution was wrong or did not fit the context.")] int Unsolved,
    [property: Description("Names of new entries.")] IReadOnlyList<string> Added,
    [property: Description("Names of entries that were found again.")] IReadOnlyList<string> Merged,
    [property: Description("Why others were not taken; a hundred at most.")] IReadOnlyList<string> Refused,
    [property: Description("Tokens that the calls have cost.")] long Tokens);
