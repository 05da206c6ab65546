using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using InferenceServer.Evaluation.Measuring;
using InferenceServer.Plugins;
using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Evaluation.Claims;

/// <summary>Something that is said about a strategy, with the measurement that bears it out or does not. Whatever it tunes, it tunes on problems that it does not report on.</summary>
[PluginKind("claim")]
public interface IClaim<in TOptions> where TOptions : ClaimOptions
{
    /// <summary>Completions that it asks for at most, so that its cost can be told before it is paid.</summary>
    long Completions(TOptions options);

    /// <summary>Whether it asks a model anything; a recipe of claims that do not needs none.</summary>
    bool NeedsModel => true;

    /// <summary>Why it cannot be measured on this target, a sentence for the report; null when it can.</summary>
    string? Lacks(TOptions options, ITarget target) => null;

    /// <exception cref="EvaluationException">The target failed, or a file is missing.</exception>
    Task<ClaimReport> RunAsync(TOptions options, Laboratory laboratory, CancellationToken cancellationToken);
}

/// <summary>The flat options of one claim, declared in its own file; bound from JSON by <c>"name"</c>, as strategies are.</summary>
public abstract record ClaimOptions
{
    private const int HeldOutSeed = 2, ValidationSeed = 271_828;

    /// <summary>The plug-in's name; filled in by the binder.</summary>
    [JsonPropertyName("name")] public string Name { get; init; } = "";

    [Description("Problems to report on: JSON lines, a JSON array or CSV; without it problems are generated.")]
    public string? Problems { get; init; }

    [Description("How many problems, from the first.")]
    [Range(1, 100_000)]
    public int Count { get; init; } = 300;

    [Description("How many problems to tune on; they are generated from the training split with a seed of their own, and never reported on.")]
    [Range(1, 100_000)]
    public int Validation { get; init; } = 150;

    [Description("0 is greedy.")]
    [Range(0.0, 2.0)]
    public double Temperature { get; init; } = 0.8;

    /// <summary>The problems to report on.</summary>
    public IReadOnlyList<Problem> LoadProblems() => Problems is { } file ? ProblemFile.Load(file, Count) : Problem.Generate(HeldOutSeed, Count);

    /// <summary>The problems to tune on.</summary>
    /// <param name="unanswerable">Share of problems without an answer.</param>
    public IReadOnlyList<Problem> GenerateValidation(double unanswerable = 0) => Problem.Generate(ValidationSeed, Validation, Split.Training, unanswerable);
}
