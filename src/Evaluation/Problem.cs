using System.Globalization;
using InferenceServer.Strategies.Answers;
using InferenceServer.Trainer.Data;
using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Evaluation;

/// <summary>A question with its expected answer.</summary>
public sealed record Problem(string Question, string Answer)
{
    /// <summary>What it is about; null when its file does not say.</summary>
    public string? Family { get; init; }

    /// <summary>A countdown problem's numbers; null for other problems.</summary>
    public IReadOnlyList<int>? Numbers { get; init; }

    /// <summary>Operations of a countdown problem's shortest solution.</summary>
    public int FewestOperations { get; init; }

    /// <summary>Whether the question can be answered.</summary>
    public bool HasAnswer => Answer != WordProblem.Unknown;

    /// <summary>The first <paramref name="count"/> different problems of the trainer's generator for a seed.</summary>
    /// <param name="seed">Keep it apart from the seeds of training.</param>
    /// <param name="count">How many.</param>
    /// <param name="split">Held-out templates to report on, the training split to tune on.</param>
    /// <param name="unanswerable">Share of problems without an answer.</param>
    public static IReadOnlyList<Problem> Generate(int seed, int count, Split split = Split.HeldOutTemplates, double unanswerable = 0) =>
        [.. HeldOutSets.Distinct(new WordProblemTask((ulong)seed, split) { UnanswerableShare = unanswerable }, count).Select(p =>
            new Problem(p.Question, p.Answer?.ToString(CultureInfo.InvariantCulture) ?? WordProblem.Unknown) { Family = p.Family })];

    /// <summary>How good a solution is: for countdown by running it, from 0 to 1; for other problems 1 if its final answer is the expected one, else 0.</summary>
    public double Grade(string text) => Numbers is { } numbers
        ? CountdownVerifier.Grade(new CountdownProblem(Question, numbers, int.Parse(Answer, CultureInfo.InvariantCulture), FewestOperations, ""), text).Reward
        : AnswerEquality.Matches(AnswerExtractor.Extract(text), Answer) ? 1 : 0;

    public bool IsRight(string text) => Grade(text) > 0;
}
