using System.ComponentModel;
using System.Text.Json;

namespace InferenceServer.Server.Jobs;

/// <summary>Work that outlives its request, as shared state remembers it and the API shows it.</summary>
public sealed record Job
{
    public required string Id { get; init; }
    [Description("What kind of work: handbook_build or calibration.")]
    public required string Kind { get; init; }
    [Description("What it works on.")]
    public required string Subject { get; init; }
    [Description("running, done, failed, cancelled, or interrupted when its server ended.")]
    public required string Status { get; init; }
    [Description("Steps finished.")]
    public int Done { get; init; }
    [Description("Steps in all.")]
    public int Total { get; init; }
    [Description("What it is doing, or why it ended.")]
    public string? Message { get; init; }
    [Description("Unix seconds.")]
    public required long Created { get; init; }
    [Description("Unix seconds of its last sign of life.")]
    public required long Updated { get; init; }
    [Description("What came of it; absent before it is done.")]
    public JsonElement? Result { get; init; }
}

/// <summary>Answer of GET /api/jobs.</summary>
public sealed record JobList([property: Description("The newest first.")] IReadOnlyList<Job> Jobs);

/// <summary>How far a job is.</summary>
public readonly record struct JobProgress(int Done, int Total, string Message);
