using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;

namespace InferenceServer.Server.Requests;

/// <summary>Body of POST /api/handbooks/{name}/build.</summary>
public sealed record HandbookBuildRequest
{
    [Description("Curated problems with their answers; never users' own text, which would end up in the prompts of others."), Length(1, 10_000)]
    public required IReadOnlyList<LessonFields> Problems { get; init; }

    [Description("The plan by which problems are solved; absent or empty is plain sampling.")]
    public JsonElement? Strategies { get; init; }

    [Description("Tokens of each of the three calls at most."), Range(1, int.MaxValue)]
    public int MaxTokens { get; init; } = 1024;
}

/// <summary>A problem to learn from.</summary>
public sealed record LessonFields
{
    [Description("The problem, as a user would ask it.")]
    public required string Question { get; init; }

    [Description("Its answer: a problem that is solved wrongly teaches nothing.")]
    public required string Answer { get; init; }

    [Description("What it is about; the behaviours learned from it get these topics.")]
    public IReadOnlyList<string>? Topics { get; init; }
}
