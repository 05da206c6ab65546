using System.Text.Json.Serialization;

namespace InferenceServer.Trainer.Tasks;

/// <summary>One line of a worked solution: what is computed and how, as in <c>Emma: 13+39=52</c>.</summary>
public sealed record SolutionStep(string Label, string Equation, int Value)
{
    [JsonIgnore] public string Text => $"{Label}: {Equation}";
}

/// <summary>An arithmetic word problem with its worked solution.</summary>
public sealed record WordProblem(string Family, string Question, IReadOnlyList<SolutionStep> Steps, int Answer)
{
    /// <summary>Before the number in the last line of a solution.</summary>
    public const string AnswerMark = "#### ";

    /// <summary>The worked solution as the model is to write it: a line for each step and the answer's line.</summary>
    [JsonIgnore] public string Solution => string.Concat(Steps.Select(s => s.Text + "\n")) + AnswerMark + Answer;
}
