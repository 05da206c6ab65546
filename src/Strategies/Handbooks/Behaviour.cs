using System.Text.RegularExpressions;

namespace InferenceServer.Strategies.Handbooks;

/// <summary>A recurring move of reasoning, distilled: when it applies and what to do, never a solution of one problem.</summary>
/// <param name="Name"><c>behavior_</c> and snake_case, unique in its handbook.</param>
/// <param name="Instruction">One or two sentences.</param>
public sealed partial record Behaviour(string Name, string Instruction)
{
    public IReadOnlyList<string> Topics { get; init; } = [];

    /// <summary>What it was learned from, the id or text of a problem.</summary>
    public string? Source { get; init; }

    /// <summary>How often it stood in a prompt.</summary>
    public long Retrieved { get; init; }

    /// <summary>How often an answer named it.</summary>
    public long Cited { get; init; }

    /// <summary>How often an answer named it and was verified to be right.</summary>
    public long CitedAndCorrect { get; init; }

    /// <summary>What retrieval reads.</summary>
    internal string SearchText => $"{Name["behavior_".Length..].Replace('_', ' ')} {Instruction} {string.Join(' ', Topics)}";

    /// <summary>What is wrong with a behaviour; null when nothing.</summary>
    public static string? Problem(string name, string instruction) =>
        !NamePattern().IsMatch(name) ? $"the name '{name}' must be behavior_ followed by lower-case words with underscores"
        : instruction.Length is < 20 or > 400 ? $"the instruction of '{name}' must have 20 to 400 characters, not {instruction.Length}"
        : instruction.Contains('\n', StringComparison.Ordinal) ? $"the instruction of '{name}' must be one line"
        : null;

    [GeneratedRegex("^behavior_[a-z0-9]+(_[a-z0-9]+)*$")]
    private static partial Regex NamePattern();
}

/// <summary>A version of a set of behaviours.</summary>
public sealed record Handbook(string Name, int Version, IReadOnlyList<Behaviour> Behaviours);
