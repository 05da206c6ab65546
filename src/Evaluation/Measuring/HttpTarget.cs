using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace InferenceServer.Evaluation.Measuring;

/// <summary>
/// A server that speaks OpenAI's chat completions. Plans, verifiers, bills and candidates are this server's extensions of it: plain sampling can be measured on any server, and
/// what a server does not tell (operations, entropies, rewards) is missing in the report.
/// </summary>
public sealed class HttpTarget : ITarget
{
    /// <summary>Requests at once, for a server that does not say how much it can do.</summary>
    private const int AssumedRows = 64;

    private readonly HttpClient _client;
    private readonly string _model;

    /// <param name="url">With or without <c>/v1</c> at its end.</param>
    /// <param name="model">Which of the server's models; empty takes the only one there is.</param>
    /// <param name="apiKey">Sent as a bearer token; null for none.</param>
    /// <param name="handler">Sends the requests; the usual one unless given.</param>
    /// <exception cref="EvaluationException">The address is none.</exception>
    public HttpTarget(string url, string model, string? apiKey, HttpMessageHandler? handler = null)
    {
        string address = url.TrimEnd('/');
        if (!Uri.TryCreate((address.EndsWith("/v1", StringComparison.Ordinal) ? address : address + "/v1") + "/", UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("http" or "https"))
            throw new EvaluationException($"--url {url}: expected an address such as http://127.0.0.1:8080.");
        _client = new HttpClient(handler ?? new HttpClientHandler()) { BaseAddress = uri, Timeout = TimeSpan.FromMinutes(30) };
        if (apiKey is not null)
            _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", apiKey);
        (_model, Name) = (model, model.Length > 0 ? $"{model} at {uri.Authority}" : uri.Authority);
    }

    public string Name { get; }

    // A server may change its weights without telling: its journals should be named by whoever changes them.
    public string Fingerprint => Name;
    public int Rows => AssumedRows;
    public LocalTarget? Local => null;

    public void Check(Trial trial) { }

    public async Task<TrialOutcome> RunAsync(Trial trial, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        using var content = new StringContent(Body(trial).ToJsonString(), Encoding.UTF8, "application/json");
        try
        {
            using HttpResponseMessage response = await _client.PostAsync(new Uri("chat/completions", UriKind.Relative), content, cancellationToken);
            string text = await response.Content.ReadAsStringAsync(cancellationToken);
            if (!response.IsSuccessStatusCode)
                throw new EvaluationException($"{_client.BaseAddress} answered {(int)response.StatusCode}: {Message(text)}");
            using JsonDocument json = JsonDocument.Parse(text);
            return Read(json.RootElement, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or KeyNotFoundException or InvalidOperationException
            || (e is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new EvaluationException($"{_client.BaseAddress} cannot be measured: {e.Message}", e);
        }
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Extensions are sent only where the trial needs them, so that any server understands plain sampling.</summary>
    private JsonObject Body(Trial trial)
    {
        var body = new JsonObject
        {
            ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = trial.Question }),
            ["max_tokens"] = trial.MaxTokens,
            ["temperature"] = trial.Temperature,
            ["top_p"] = trial.TopP,
            ["seed"] = (long)trial.Seed,
        };
        if (_model.Length > 0)
            body["model"] = _model;
        if (trial.Samples > 1)
            body["n"] = trial.Samples;
        if (trial.WithTokens)
            body["logprobs"] = true;
        JsonNode? strategies = JsonNode.Parse(trial.Strategies), verifiers = JsonNode.Parse(trial.Verifiers);
        if (strategies is JsonArray { Count: > 0 } || trial.WithAttempts)
        {
            body["strategies"] = strategies;
            body["include"] = trial.WithAttempts ? new JsonArray("bill", "candidates") : new JsonArray("bill");
        }
        if (verifiers is JsonArray { Count: > 0 })
            body["verifiers"] = verifiers;
        return body;
    }

    private static TrialOutcome Read(JsonElement json, double milliseconds)
    {
        TrialAnswer[] answers = [.. json.GetProperty("choices").EnumerateArray().OrderBy(choice => choice.GetProperty("index").GetInt32()).Select(choice => Read(choice))];
        JsonElement usage = json.GetProperty("usage");
        int prompt = usage.GetProperty("prompt_tokens").GetInt32(), completion = usage.GetProperty("completion_tokens").GetInt32();
        var bill = new TrialBill(prompt, 0, completion, 0, 0, 0, double.NaN, 0, milliseconds);
        if (json.TryGetProperty("bill", out JsonElement told) && told.ValueKind == JsonValueKind.Object)
        {
            JsonElement tokens = told.GetProperty("tokens");
            int Of(string kind) => tokens.GetProperty(kind).GetInt32();
            bill = new(Of("prompt"), Of("cached"), Of("answer"), Of("discarded"), Of("forced"), Of("scorer"), told.GetProperty("estimated_flops").GetDouble(),
                told.TryGetProperty("scorer_flops", out JsonElement scorer) ? scorer.GetDouble() : 0, milliseconds);
        }
        return new(answers, bill)
        {
            Attempts = json.TryGetProperty("candidates", out JsonElement candidates) && candidates.ValueKind == JsonValueKind.Array
                ? [.. candidates.EnumerateArray().Select(candidate => candidate.GetProperty("text").GetString() ?? "")] : [],
        };
    }

    private static TrialAnswer Read(JsonElement choice)
    {
        JsonElement message = choice.GetProperty("message");
        string text = message.GetProperty("content").GetString() ?? "";
        JsonElement abstention = choice.TryGetProperty("abstention", out JsonElement a) ? a : default;
        return new(text, choice.GetProperty("finish_reason").GetString() ?? "stop",
            abstention.ValueKind == JsonValueKind.Object && abstention.TryGetProperty("confidence", out JsonElement c) && c.ValueKind == JsonValueKind.Number ? c.GetDouble() : null)
        {
            AbstainedAt = abstention.ValueKind == JsonValueKind.Object ? abstention.GetProperty("stage").GetString() : null,
            Tokens = choice.TryGetProperty("logprobs", out JsonElement l) && l.ValueKind == JsonValueKind.Object && l.GetProperty("content") is { ValueKind: JsonValueKind.Array } tokens ? Trace(tokens) : null,
        };
    }

    private static TokenTrace Trace(JsonElement tokens)
    {
        float[] logProbs = [.. tokens.EnumerateArray().Select(token => token.GetProperty("logprob").GetSingle())], unknown = [.. logProbs.Select(_ => float.NaN)];
        int[] ends = [.. tokens.EnumerateArray().Select((token, i) => (Text: token.GetProperty("token").GetString() ?? "", End: i + 1)).Where(t => t.Text.Contains('\n', StringComparison.Ordinal)).Select(t => t.End)];
        return new([], logProbs, unknown, unknown, ends);
    }

    private static string Message(string body)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(body);
            return json.RootElement.GetProperty("error").GetProperty("message").GetString() ?? body;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return body.Length > 200 ? body[..200] : body;
        }
    }
}
