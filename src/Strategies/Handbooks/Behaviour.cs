namespace InferenceServer.Strategies.Handbooks;

/// <summary>One entry of a handbook: a recurring reasoning move, as a named hint ("Metacognitive Reuse", arXiv:2509.13237).</summary>
public sealed record Behaviour
{
    /// <summary>behavior_ and words in snake_case; see <see cref="BehaviourRules"/>.</summary>
    public required string Name { get; init; }

    /// <summary>When to use it and what to do: one or two sentences.</summary>
    public required string Instruction { get; init; }

    /// <summary>What it is about, for retrieval by topic; may be empty.</summary>
    public IReadOnlyList<string> Topics { get; init; } = [];

    /// <summary>Where it comes from: the problem it was found in, or who wrote it; null when nobody said.</summary>
    public string? Provenance { get; init; }

    /// <summary>From 1; a changed instruction is the next one, whose counters begin anew.</summary>
    public int Version { get; init; } = 1;

    /// <summary>Why it is no longer used; null while it is.</summary>
    public string? Retired { get; init; }
}

/// <summary>Behaviours under a name.</summary>
/// <param name="Name">What requests call it.</param>
/// <param name="Version">From 1; every change is the next one.</param>
/// <param name="Behaviours">In order of name, retired ones included.</param>
public sealed record Handbook(string Name, int Version, IReadOnlyList<Behaviour> Behaviours)
{
    /// <summary>Those that may be used.</summary>
    public IEnumerable<Behaviour> Active => Behaviours.Where(behaviour => behaviour.Retired is null);
}
