using System.Text.Json.Serialization;
using InferenceServer.Plugins;
using InferenceServer.Strategies.Answers;

namespace InferenceServer.Strategies.Verifying;

/// <summary>
/// Says whether an answer is right. Stateless: one instance serves all requests. It must not throw for what an answer holds, nor for a check that went wrong:
/// that is <see cref="VerificationOutcome.Unknown"/> with the reason.
/// </summary>
[PluginKind("verifier")]
public interface IVerifier<in TOptions> where TOptions : VerifierOptions
{
    /// <summary>What its verdicts rest on.</summary>
    VerifierKind Kind { get; }

    ValueTask<Verdict> VerifyAsync(TOptions options, Submission submission, CancellationToken cancellationToken);

    /// <summary>What in the options cannot work; null when nothing. Asked before a token is spent.</summary>
    PlanProblem? Check(TOptions options, ILanguageModel model) => null;
}

/// <summary>The flat options of one verifier, declared in its own file; bound from JSON by <c>"name"</c>, as strategies are.</summary>
public abstract record VerifierOptions
{
    /// <summary>The plug-in's name; filled in by the binder, and not needed when the record is made in code.</summary>
    [JsonPropertyName("name")] public string Name { get; init; } = "";
}

/// <summary>What is to be verified.</summary>
/// <param name="Question">What was asked.</param>
/// <param name="Text">The whole completion.</param>
/// <param name="Generation">The run that it belongs to, for verifiers that ask a model; null outside a run.</param>
public sealed record Submission(string Question, string Text, GenerationContext? Generation = null)
{
    /// <summary>The final answer in the text; null when it has none.</summary>
    public ExtractedAnswer? Answer { get; } = AnswerExtractor.Extract(Text);
}
