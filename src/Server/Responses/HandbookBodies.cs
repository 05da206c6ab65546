using System.ComponentModel;
using InferenceServer.Strategies.Handbooks;

namespace InferenceServer.Server.Responses;

/// <summary>Answer of GET /api/handbooks.</summary>
public sealed record HandbookList(IReadOnlyList<HandbookSummary> Handbooks);

/// <summary>One handbook in the list.</summary>
public sealed record HandbookSummary(
    string Name,
    [property: Description("Every change is the next one.")] int Version,
    [property: Description("Entries in use.")] int Active,
    [property: Description("Entries that are no longer used.")] int Retired);

/// <summary>A handbook with what came of its entries; also the form in which one is exported and imported.</summary>
public sealed record HandbookBody(string Name, int Version, [property: Description("In order of name.")] IReadOnlyList<BehaviourBody> Behaviours)
{
    public static HandbookBody From(Handbook handbook, IReadOnlyList<BehaviourCounters> counters) =>
        new(handbook.Name, handbook.Version, [.. handbook.Behaviours.Zip(counters, BehaviourBody.From)]);
}

/// <summary>One entry.</summary>
public sealed record BehaviourBody(
    string Name,
    string Instruction,
    IReadOnlyList<string> Topics,
    [property: Description("Where it comes from.")] string? Provenance,
    [property: Description("A changed instruction is the next one, whose counters begin anew.")] int Version,
    [property: Description("Why it is no longer used; absent while it is.")] string? Retired,
    CountersBody Counters,
    [property: Description("Its own effect, from requests that showed or withheld it by chance; absent before both have been judged.")] LiftBody? Lift)
{
    [Description("Former versions, the latest first; only where one entry is asked for.")]
    public IReadOnlyList<FormerBody>? Former { get; init; }

    public static BehaviourBody From(Behaviour behaviour, BehaviourCounters counters) => new(
        behaviour.Name, behaviour.Instruction, behaviour.Topics, behaviour.Provenance, behaviour.Version, behaviour.Retired,
        new(counters.Shown, counters.ShownJudged, counters.ShownRight, counters.WithheldJudged, counters.WithheldRight, counters.Cited, counters.CitedRight),
        counters.Lift is { } lift ? new(lift.Difference, lift.Lower, lift.Upper) : null);
}

/// <summary>What came of one version of an entry.</summary>
public sealed record CountersBody(
    [property: Description("Times it stood in a prompt.")] long Shown,
    [property: Description("Of those, with a verdict on the answer.")] long ShownJudged,
    [property: Description("Of those, right.")] long ShownRight,
    [property: Description("Times it was retrieved and left out by chance, with a verdict.")] long WithheldJudged,
    [property: Description("Of those, right.")] long WithheldRight,
    [property: Description("Times an answer named it.")] long Cited,
    [property: Description("Of those, right.")] long CitedRight);

/// <summary>How much more often answers are right with the entry than without.</summary>
public sealed record LiftBody(
    double Difference,
    [property: Description("Lower end of the 95 % interval.")] double Lower,
    [property: Description("Upper end of the 95 % interval.")] double Upper);

/// <summary>A former version of an entry.</summary>
public sealed record FormerBody(int Version, string Instruction);

/// <summary>Answer of POST /api/handbooks/{name}/retire.</summary>
public sealed record RetiredBody([property: Description("The entries that were retired now, with the reason.")] IReadOnlyList<RetiredEntry> Retired);

public sealed record RetiredEntry(string Name, string Reason);
