using System.Diagnostics.Metrics;
using InferenceServer.Engine;
using InferenceServer.Server.Generation;

namespace InferenceServer.Server.Telemetry;

/// <summary>
/// The numbers behind /metrics. Where the meaning is vLLM's, the name is vLLM's too with <c>itc_</c> for <c>vllm:</c>: OpenTelemetry refuses the colon, which Prometheus
/// keeps for recording rules. docs/api.md has the table.
/// </summary>
public sealed class ServerMetrics
{
    public const string MeterName = "InferenceServer";

    // vLLM's own boundaries, so that dashboards carry over.
    private static readonly InstrumentAdvice<double> FirstTokenBuckets = new()
    {
        HistogramBucketBoundaries = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560],
    };
    private static readonly InstrumentAdvice<double> InterTokenBuckets = new()
    {
        HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80],
    };
    private static readonly InstrumentAdvice<double> RequestBuckets = new()
    {
        HistogramBucketBoundaries = [0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680],
    };

    private readonly Counter<long> _requests;
    private readonly Counter<long> _errors;
    private readonly Counter<long> _tokens;
    private readonly Counter<long> _candidates;
    private readonly Histogram<double> _firstToken;
    private readonly Histogram<double> _interToken;
    private readonly Histogram<double> _endToEnd;

    public ServerMetrics(IMeterFactory meters, ServedModel model, string meterName)
    {
        LlmEngine engine = model.Engine;
        Meter meter = meters.Create(meterName);
        _requests = meter.CreateCounter<long>("itc_request_success", description: "Choices finished, by finish reason.");
        _errors = meter.CreateCounter<long>("itc_request_errors", description: "Requests answered with an error, by its code.");
        _tokens = meter.CreateCounter<long>("itc_tokens", description: "Tokens of finished requests by kind, as the bill counts them.");
        _candidates = meter.CreateCounter<long>("itc_candidates", description: "Candidates of finished requests by outcome: won, lost or rejected.");
        _firstToken = meter.CreateHistogram("itc_time_to_first_token_seconds", "s", "From the start of generation to the first token of a choice.", advice: FirstTokenBuckets);
        _interToken = meter.CreateHistogram("itc_inter_token_latency_seconds", "s", "Between two tokens of one candidate.", advice: InterTokenBuckets);
        _endToEnd = meter.CreateHistogram("itc_e2e_request_latency_seconds", "s", "From the start of generation to the answer of a choice.", advice: RequestBuckets);

        meter.CreateObservableGauge("itc_num_requests_running", () => engine.Statistics.Running, description: "Sequences that hold a slot.");
        meter.CreateObservableGauge("itc_num_requests_waiting", () => engine.Statistics.Waiting, description: "Sequences that wait for a slot.");
        meter.CreateObservableGauge("itc_kv_cache_usage_perc", () => engine.Statistics is { Slots: > 0 } s ? (double)s.UsedSlots / s.Slots : 0, description: "Share of the KV slots that live sequences hold; 1 is all.");
        meter.CreateObservableCounter("itc_prompt_tokens", () => engine.Statistics.PrefilledTokens, description: "Tokens of prompts and forced text computed.");
        meter.CreateObservableCounter("itc_generation_tokens", () => engine.Statistics.SampledTokens, description: "Tokens sampled.");
        meter.CreateObservableCounter("itc_prefix_cache_queries", () => engine.Statistics.PrefixQueriedTokens, description: "Prompt tokens looked up in the prefix cache.");
        meter.CreateObservableCounter("itc_prefix_cache_hits", () => engine.Statistics.PrefixHitTokens, description: "Of those, tokens found.");
        meter.CreateObservableCounter("itc_num_preemptions", () => engine.Statistics.Preemptions, description: "Sequences that lost their slot and started again.");
        meter.CreateObservableCounter("itc_engine_steps", () => engine.Statistics.Steps, description: "Forward passes.");
    }

    public void Finished(string reason, double seconds)
    {
        _requests.Add(1, new KeyValuePair<string, object?>("finished_reason", reason));
        _endToEnd.Record(seconds);
    }

    public void Aborted() => _requests.Add(1, new KeyValuePair<string, object?>("finished_reason", "abort"));
    public void Failed(string code) => _errors.Add(1, new KeyValuePair<string, object?>("code", code));
    public void FirstToken(double seconds) => _firstToken.Record(seconds);
    public void NextToken(double seconds) => _interToken.Record(seconds);
    public void Tokens(string kind, long count) => _tokens.Add(count, new KeyValuePair<string, object?>("kind", kind));
    public void Candidate(string outcome) => _candidates.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
}
