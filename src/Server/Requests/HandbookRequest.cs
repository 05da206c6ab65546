using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using InferenceServer.Strategies.Handbooks;

namespace InferenceServer.Server.Requests;

/// <summary>Body of PUT /api/handbooks/{name}: all of its entries. What GET returns is accepted.</summary>
public sealed record HandbookRequest
{
    [Description("Refuse with 409 unless the handbook is at this version; 0: unless there is none.")]
    [Range(0, int.MaxValue)]
    public int? IfVersion { get; init; }

    [Description("The entries; names must differ."), Length(0, BehaviourRules.MaxBehaviours)]
    public required IReadOnlyList<BehaviourFields> Behaviours { get; init; }

    [Description("Part of an export; accepted and not used: the address says the name.")]
    public string? Name { get; init; }

    [Description("Part of an export; accepted and not used: the server counts versions.")]
    public int? Version { get; init; }
}

/// <summary>One entry of a handbook.</summary>
public sealed record BehaviourFields
{
    [Description("behavior_ and words in snake_case. Not needed where the address says it.")]
    public string? Name { get; init; }

    [Description("When to use it and what to do: one line of 20 to 400 characters.")]
    public required string Instruction { get; init; }

    [Description("What it is about, for retrieval by topic.")]
    public IReadOnlyList<string>? Topics { get; init; }

    [Description("Where it comes from.")]
    public string? Provenance { get; init; }

    [Description("Why it is not to be used; absent when it is.")]
    public string? Retired { get; init; }

    [Description("Part of an export; accepted and not used: the server counts versions.")]
    public int? Version { get; init; }

    [Description("Part of an export; accepted and not used: what was counted elsewhere says nothing about this server's model.")]
    public JsonElement? Counters { get; init; }

    [Description("Part of an export; accepted and not used.")]
    public JsonElement? Lift { get; init; }

    [Description("Part of an export; accepted and not used.")]
    public JsonElement? Former { get; init; }

    /// <param name="name">The name as the address says it; null takes the field's.</param>
    /// <param name="path">Where the entry stands in the request, for messages.</param>
    /// <exception cref="Errors.ApiException">It breaks a rule.</exception>
    public Behaviour ToBehaviour(string? name, string path)
    {
        var behaviour = new Behaviour
        {
            Name = name ?? Name ?? throw Errors.ApiException.Missing($"{path}name", "the entry's name."),
            Instruction = Instruction,
            Topics = Topics ?? [],
            Provenance = Provenance,
            Retired = Retired,
        };
        return BehaviourRules.Check(behaviour) is { } broken ? throw Errors.ApiException.InvalidValue(path + broken.Field, broken.Problem) : behaviour;
    }
}
