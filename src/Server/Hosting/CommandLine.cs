using System.CommandLine;
using System.CommandLine.Invocation;
using System.Globalization;

namespace InferenceServer.Server.Hosting;

/// <summary>The flags. Each sets one key of the configuration, over whatever files and environment say.</summary>
public static class CommandLine
{
    /// <summary>Parses the arguments and runs the server with them as configuration. Help, version and mistakes are answered here.</summary>
    /// <param name="serve">Gets the flags as configuration keys and values; returns the exit code.</param>
    /// <param name="calibrate">The same for the command of that name, with its own arguments.</param>
    public static Task<int> InvokeAsync(
        string[] args, Func<IReadOnlyDictionary<string, string?>, Task<int>> serve, Func<IReadOnlyDictionary<string, string?>, CalibrateCommand, ParseResult, CancellationToken, Task<int>> calibrate)
    {
        var flags = new List<(Option Option, string Key, Func<ParseResult, string?> Value)>();
        var root = new RootCommand("Serves a language model over an OpenAI-compatible HTTP API, with inference-time compute as request fields.");
        Flag<string>("--model", nameof(ServerOptions.Model), "PATH", "Model folder: config.json, tokenizer.json, model.safetensors or model.onnx. Default: the bundled models/reasoner.");
        Flag<string>("--model-name", nameof(ServerOptions.ModelName), "NAME", "Name that clients call the model by. Default: the folder's name.");
        Flag<string>("--urls", nameof(ServerOptions.Urls), "URLS", $"Addresses to listen on, separated by semicolons. Default: {ServerOptions.DefaultUrls}.");
        Choice("--device", nameof(ServerOptions.Device), "Where the model runs. Default: cpu.", "cpu", "cuda", "auto");
        Choice("--weights", nameof(ServerOptions.Weights), "How weights are held. Default: fp32 on a CPU, fp16 on CUDA.", "fp32", "fp16", "int8", "int4");
        Flag<string>("--execution-provider", nameof(ServerOptions.ExecutionProvider), "PATH", "Library of a plug-in ONNX Runtime execution provider.");
        Flag<int>("--threads", nameof(ServerOptions.Threads), "N", "Threads of a forward pass. Default: every processor.");
        Flag<bool>("--spin", nameof(ServerOptions.Spin), "true|false", "Let those threads spin while they wait: faster on idle cores, slower on shared ones. Default: true.");
        Flag<int>("--slots", nameof(ServerOptions.Slots), "N", "Sequences held at once. Default: 64.");
        Flag<int>("--context", nameof(ServerOptions.Context), "N", "Tokens of one sequence, prompt and completion together. Default: the model's limit.");
        Flag<int>("--max-sequences", nameof(ServerOptions.MaxSequences), "N", "Sequences that may run and wait at once before requests get a 429. Default: 4096.");
        Flag<int>("--max-body-bytes", nameof(ServerOptions.MaxBodyBytes), "N", "Largest request body. Default: 8388608.");
        Flag<int>("--drain-seconds", nameof(ServerOptions.DrainSeconds), "N", "How long requests in flight may go on after a shutdown signal. Default: 30.");
        Flag<int>("--keep-alive-seconds", nameof(ServerOptions.KeepAliveSeconds), "N", "How often a silent stream sends a comment. Default: 15.");
        Flag<int>("--stream-interval-ms", nameof(ServerOptions.StreamIntervalMs), "N", "Least time between two writes of one stream; 0 writes every token at once. Default: 20.");
        Flag<string>("--state", nameof(ServerOptions.State), "FILE", "File that handbooks, calibration and stored responses are kept in. Default: inference-server/state.db in the user's data folder.");
        Flag<string>("--redis", nameof(ServerOptions.Redis), "HOST:PORT", "Keep them on Redis instead, for several servers.");
        Flag<int>("--retention-days", nameof(ServerOptions.RetentionDays), "N", "How long responses stored with \"store\": true are kept. Default: 30.");
        Flag<int>("--traces-max", nameof(ServerOptions.TracesMax), "N", "Traces of requests kept at most; 0 keeps none. Default: 2000.");
        Flag<int>("--traces-days", nameof(ServerOptions.TracesDays), "N", "How long a trace is kept; 0 sets no limit of age. Default: 7.");
        Flag<bool>("--traces-redact", nameof(ServerOptions.TracesRedact), "true|false", "Leave texts and tokens out of traces. Default: false.");
        Flag<string>("--otlp-endpoint", nameof(ServerOptions.OtlpEndpoint), "URL", "Where OpenTelemetry spans are sent (OTLP over gRPC), http://localhost:4317 for instance. Default: nowhere.");
        Flag<string>("--reward-model", nameof(ServerOptions.RewardModel), "PATH", "Folder of a separate reward model, with a value head, for scorers.");
        Flag<string>("--embeddings-url", nameof(ServerOptions.EmbeddingsUrl), "URL", "Service with OpenAI's /embeddings, http://localhost:8000/v1 for instance, for handbooks that are searched by meaning. Default: none.");
        Flag<string>("--embeddings-model", nameof(ServerOptions.EmbeddingsModel), "NAME", "Name that the service knows its model by.");
        Flag<string>("--api-keys", nameof(ServerOptions.ApiKeys), "FILE", "JSON object from name to key: callers must send one as a bearer token, and each name has its own experiments, traces, handbooks and limits. Default: no keys.");
        Flag<int>("--requests-per-minute", nameof(ServerOptions.RequestsPerMinute), "N", "Generating requests a minute before a 429. Default: no limit.");
        Choice("--limits-when-state-away", nameof(ServerOptions.LimitsWhenStateAway), "Whether requests pass that limit while shared state is away. Default: open.", "open", "closed");
        Choice("--abstain-as", nameof(ServerOptions.AbstainAs), "finish_reason of a choice without an answer; OpenAI's .NET client reads stop only. Default: abstained.", "abstained", "stop");
        var lenient = new Option<bool>("--lenient") { Description = "Ignore unknown request fields instead of refusing them.", Recursive = true };
        root.Add(lenient);
        flags.Add((lenient, nameof(ServerOptions.Strict), result => result.GetValue(lenient) ? "false" : "true"));

        root.SetAction((result, _) => serve(Given(result)));
        var calibration = new CalibrateCommand();
        calibration.Command.SetAction((result, cancellationToken) => calibrate(Given(result), calibration, result, cancellationToken));
        root.Add(calibration.Command);

        ParseResult parsed = root.Parse(args);
        if (parsed.Action is ParseErrorAction errors)
            errors.ShowHelp = false;
        // Signals are the host's: it drains requests, for longer than the two seconds that are given here by default.
        return parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });

        Dictionary<string, string?> Given(ParseResult result) => flags
            .Where(flag => result.GetResult(flag.Option) is { Implicit: false })
            .ToDictionary(flag => $"{ServerOptions.Section}:{flag.Key}", flag => flag.Value(result));

        void Flag<T>(string name, string key, string help, string description)
        {
            var option = new Option<T>(name) { Description = description, HelpName = help, Recursive = true };
            root.Add(option);
            flags.Add((option, key, result => Convert.ToString(result.GetValue(option), CultureInfo.InvariantCulture)));
        }

        void Choice(string name, string key, string description, params string[] values)
        {
            var option = new Option<string>(name) { Description = description, HelpName = string.Join('|', values), Recursive = true };
            option.AcceptOnlyFromAmong(values);
            root.Add(option);
            flags.Add((option, key, result => result.GetValue(option)));
        }
    }
}
