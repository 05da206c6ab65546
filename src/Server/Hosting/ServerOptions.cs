using System.ComponentModel.DataAnnotations;
using InferenceServer.Engine.Decoding;
using InferenceServer.Modeling;
using InferenceServer.Server.State;
using InferenceServer.Strategies.Verifying;

namespace InferenceServer.Server.Hosting;

/// <summary>Settings of the server: configuration section <c>Server</c> in appsettings.json, environment variables <c>Server__Slots</c> and so on, or flags. Flags win
/// over the environment, which wins over the file.</summary>
public sealed record ServerOptions
{
    public const string Section = "Server";

    /// <summary>The model folder; null finds the bundled one.</summary>
    public string? Model { get; init; }

    /// <summary>The name clients call the model by; null is the folder's name.</summary>
    public string? ModelName { get; init; }

    /// <summary>Where to listen, several separated by semicolons; null takes ASP.NET Core's own setting (ASPNETCORE_URLS) and then <see cref="DefaultUrls"/>.</summary>
    public string? Urls { get; init; }

    public DeviceChoice Device { get; init; } = DeviceChoice.Cpu;

    /// <summary>How weights are held; null is what suits the device: fp32 on a CPU, fp16 on CUDA.</summary>
    public WeightFormat? Weights { get; init; }

    /// <summary>A plug-in execution provider's library.</summary>
    public string? ExecutionProvider { get; init; }

    /// <summary>Threads of a forward pass; null is one for every processor that the process may use.</summary>
    [Range(1, 1024)]
    public int? Threads { get; init; }

    /// <summary>Whether those threads spin while they wait: faster on idle cores, slower on shared ones. Null is the decoder's default.</summary>
    public bool? Spin { get; init; }

    /// <summary>Sequences held at once.</summary>
    [Range(1, 4096)]
    public int Slots { get; init; } = 64;

    /// <summary>Tokens of one sequence, prompt and completion together; null is the model's own limit.</summary>
    [Range(2, int.MaxValue)]
    public int? Context { get; init; }

    /// <summary>Sequences that may live at once, waiting ones included, before requests are answered with 429.</summary>
    [Range(1, int.MaxValue)]
    public int MaxSequences { get; init; } = 4096;

    /// <summary>Refuse request fields that the API does not have.</summary>
    public bool Strict { get; init; } = true;

    [Range(1024, int.MaxValue)]
    public int MaxBodyBytes { get; init; } = 8 << 20;

    /// <summary>How long requests in flight may go on after a shutdown signal.</summary>
    [Range(0, 3600)]
    public int DrainSeconds { get; init; } = 30;

    /// <summary>A stream that has nothing to say sends a comment this often, so that proxies keep it open.</summary>
    [Range(1, 3600)]
    public int KeepAliveSeconds { get; init; } = 15;

    /// <summary>Least time between two writes of one stream; tokens that come in between travel together. The first token and the end never wait. 0 writes each at once.</summary>
    [Range(0, 1000)]
    public int StreamIntervalMs { get; init; } = 20;

    /// <summary>The file that handbooks, calibration and stored responses are kept in; null is <see cref="StatePath.Default"/>.</summary>
    public string? State { get; init; }

    /// <summary>Where Redis is, instead of a file: host:port, or StackExchange.Redis's configuration.</summary>
    public string? Redis { get; init; }

    /// <summary>The <c>finish_reason</c> of a choice without an answer on OpenAI's endpoints.</summary>
    public AbstentionName AbstainAs { get; init; }

    /// <summary>How long a stored response is kept.</summary>
    [Range(1, 3650)]
    public int RetentionDays { get; init; } = 30;

    /// <summary>Traces kept at most, of each tenant; the oldest go first. 0 keeps none.</summary>
    [Range(0, 1_000_000)]
    public int TracesMax { get; init; } = 2000;

    /// <summary>How long a trace is kept; 0 keeps it until newer ones push it out.</summary>
    [Range(0, 3650)]
    public int TracesDays { get; init; } = 7;

    /// <summary>Leave texts and tokens out of traces, what users ask and what they are answered alike.</summary>
    public bool TracesRedact { get; init; }

    /// <summary>Where OpenTelemetry spans are sent, over OTLP's gRPC; null sends none.</summary>
    public string? OtlpEndpoint { get; init; }

    /// <summary>Folder of a separate reward model, which scorers may ask.</summary>
    public string? RewardModel { get; init; }

    /// <summary>A service that speaks OpenAI's embeddings protocol, up to <c>/v1</c>, for handbooks that are searched by meaning.</summary>
    public string? EmbeddingsUrl { get; init; }

    /// <summary>The name that the service knows its model by.</summary>
    public string? EmbeddingsModel { get; init; }

    /// <summary>The service's key. No flag: command lines are read by others.</summary>
    public string? EmbeddingsKey { get; init; }

    /// <summary>Generating requests a minute of everybody together; null does not count them.</summary>
    [Range(1, int.MaxValue)]
    public int? RequestsPerMinute { get; init; }

    /// <summary>What that limit does while shared state is away.</summary>
    public LimitMode LimitsWhenStateAway { get; init; }

    /// <summary>A file with the names and keys of those who may call; null asks nobody for a key.</summary>
    public string? ApiKeys { get; init; }

    /// <summary>What requests' verifiers may reach: webhook hosts and commands. Nothing unless set.</summary>
    public VerifierPermissions Verifiers { get; init; } = new();

    /// <summary>A file with the sentences that precede heart's feedback; null for the built-in ones.</summary>
    public string? FeedbackPhrases { get; init; }

    public const string DefaultUrls = "http://127.0.0.1:8080";
}

/// <summary>What a choice without an answer is called.</summary>
public enum AbstentionName
{
    /// <summary>What it is.</summary>
    Abstained,

    /// <summary>What OpenAI calls a refusal's end. Clients with a closed list of reasons, OpenAI's for .NET among them, fail on any other.</summary>
    Stop,
}
