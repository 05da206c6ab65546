using System.Text.RegularExpressions;

namespace InferenceServer.Strategies.Handbooks;

/// <summary>What a behaviour must look like, whether a person wrote it or a model did.</summary>
public static partial class BehaviourRules
{
    public const int MinInstruction = 20, MaxInstruction = 400, MaxName = 64, MaxTopics = 8, MaxTopic = 40, MaxProvenance = 200;

    /// <summary>Behaviours of one handbook.</summary>
    public const int MaxBehaviours = 5000;

    /// <summary>What is wrong with it: the field and a sentence; null when nothing is.</summary>
    public static (string Field, string Problem)? Check(Behaviour behaviour) => behaviour switch
    {
        { Name: var name } when name.Length > MaxName || !BehaviourName().IsMatch(name) =>
            ("name", $"must be 'behavior_' and words in snake_case, at most {MaxName} characters together."),
        { Instruction.Length: < MinInstruction or > MaxInstruction } =>
            ("instruction", $"has {behaviour.Instruction.Length} characters; it must have from {MinInstruction} to {MaxInstruction}."),
        // Line breaks would let one entry pose as another in the prompt.
        { Instruction: var text } when text.Any(char.IsControl) => ("instruction", "must be one line, without control characters."),
        { Topics: var topics } when topics.Count > MaxTopics || topics.Any(topic => topic.Length is 0 or > MaxTopic || topic.Any(char.IsControl)) =>
            ("topics", $"must be at most {MaxTopics} words or phrases of 1 to {MaxTopic} characters."),
        { Provenance: { } source } when source.Length > MaxProvenance || source.Any(char.IsControl) =>
            ("provenance", $"must be one line of at most {MaxProvenance} characters."),
        _ => null,
    };

    /// <summary>Handbooks are named in URLs and keys.</summary>
    public static bool IsHandbookName(string name) => name.Length <= MaxName && HandbookName().IsMatch(name);

    [GeneratedRegex("^behavior_[a-z0-9]+(_[a-z0-9]+)*$")]
    private static partial Regex BehaviourName();

    [GeneratedRegex("^[a-z0-9]+([-_][a-z0-9]+)*$")]
    private static partial Regex HandbookName();
}
