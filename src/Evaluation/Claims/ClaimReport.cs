using InferenceServer.Trainer.Statistics;

namespace InferenceServer.Evaluation.Claims;

/// <summary>What a claim came to.</summary>
/// <param name="Title">Heading of its section.</param>
public sealed record ClaimReport(string Title)
{
    /// <summary>Sentences before the tables: what was measured on what, and what came out.</summary>
    public List<string> Text { get; } = [];
    public List<ClaimTable> Tables { get; } = [];
    public List<ClaimFigure> Figures { get; } = [];

    /// <summary>The figures for machines, by name.</summary>
    public Dictionary<string, Interval> Measures { get; } = [];

    /// <summary>Rows for the overview of all claims.</summary>
    public List<Headline> Headlines { get; } = [];
}

/// <param name="Rows">Cells in the order of the columns.</param>
public sealed record ClaimTable(string Caption, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows);

/// <param name="File">Its name, without folder.</param>
/// <param name="Svg">The picture.</param>
public sealed record ClaimFigure(string File, string Caption, string Svg);

/// <summary>One line of the overview.</summary>
/// <param name="Method">What was done.</param>
/// <param name="Against">What it is compared with.</param>
/// <param name="Measure">What was measured.</param>
/// <param name="Result">With interval.</param>
/// <param name="Control">The same of what it is compared with.</param>
/// <param name="Difference">Paired, with interval.</param>
public sealed record Headline(string Method, string Against, string Measure, string Result, string Control, string Difference);
