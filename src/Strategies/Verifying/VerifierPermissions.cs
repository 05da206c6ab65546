namespace InferenceServer.Strategies.Verifying;

/// <summary>What the operator allows verifiers to reach. A request only chooses among these; without the operator's word nothing is allowed.</summary>
public sealed record VerifierPermissions
{
    public static VerifierPermissions None { get; } = new();

    /// <summary>Hosts that a webhook may call, each as <c>host</c> (its scheme's own port) or <c>host:port</c>.</summary>
    public IReadOnlyList<string> WebhookHosts { get; init; } = [];

    /// <summary>Programs that a request may choose by name.</summary>
    public IReadOnlyDictionary<string, VerifierCommand> Commands { get; init; } = new Dictionary<string, VerifierCommand>();
}

/// <summary>A program that reads <c>{"question", "text", "answer"}</c> on its standard input and writes <c>{"outcome", "feedback", "quality"}</c> on its output.</summary>
public sealed record VerifierCommand
{
    /// <summary>The program; a path, or a name on the PATH.</summary>
    public required string File { get; init; }
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Wall time, after which the whole process group is killed.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Address space, in bytes.</summary>
    public long MemoryBytes { get; init; } = 1L << 30;

    /// <summary>What it may print, in bytes.</summary>
    public int OutputBytes { get; init; } = 64 * 1024;
}
