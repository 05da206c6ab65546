using System.Globalization;
using System.Text.Json.Serialization;

namespace InferenceServer.Trainer.Tasks;

/// <summary>One line of a worked solution: what is computed and how, as in <c>Emma: 13+39=52</c> or, on the way to something else, <c>total from Emma: 13+39=52</c>.</summary>
public sealed record SolutionStep(string Label, string Equation, int Value)
{
    /// <summary>What led to the step, such as <c>total</c>; null when the line before did.</summary>
    public string? Goal { get; init; }

    [JsonIgnore] public string Text => Goal is null ? $"{Label}: {Equation}" : $"{Goal} from {Label}: {Equation}";
}

/// <summary>An arithmetic word problem with its worked solution.</summary>
/// <param name="Tier">Difficulty, 1 to 5.</param>
/// <param name="Steps">Those of the solution; of a question that cannot be answered, those before what is missing is needed.</param>
/// <param name="Answer">Null when the question cannot be answered.</param>
public sealed record WordProblem(string Family, int Tier, string Question, IReadOnlyList<SolutionStep> Steps, int? Answer)
{
    /// <summary>Before the answer in the last line of a solution.</summary>
    public const string AnswerMark = "#### ";

    /// <summary>The answer of a question that cannot be answered.</summary>
    public const string Unknown = "unknown";

    /// <summary>Before what is missing, in the line before an unanswerable problem's answer. What it is needed for may stand before it.</summary>
    public const string MissingMark = "missing: ";

    /// <summary>Ids of the sentence templates that the question is made of, such as <c>state.gain.3</c>.</summary>
    public IReadOnlyList<string> Templates { get; init; } = [];

    /// <summary>What cannot be known, in a short phrase; null when the question can be answered.</summary>
    public string? Missing { get; init; }

    /// <summary>What that is needed for, such as <c>total from Emma</c>; null when the question itself shows that something is missing.</summary>
    public string? MissedFor { get; init; }

    /// <summary>Why the question cannot be answered; null when it can.</summary>
    public UnanswerableKind? Why { get; init; }

    /// <summary>A short general instruction that shortens the solution, the same for all problems that need the same move; null when there is none.</summary>
    public string? Hint { get; init; }

    /// <summary>The worked solution as the model is to write it: a line for each step, what is missing if something is, and the answer's line.</summary>
    [JsonIgnore]
    public string Solution => string.Concat(Steps.Select(s => s.Text + "\n"))
        + (Answer is { } answer ? AnswerMark + answer.ToString(CultureInfo.InvariantCulture) : $"{MissingLine}\n{AnswerMark}{Unknown}");

    private string MissingLine => MissedFor is null ? MissingMark + Missing : $"{MissedFor}, {MissingMark}{Missing}";
}
