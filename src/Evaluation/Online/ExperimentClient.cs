using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace InferenceServer.Evaluation.Online;

/// <summary>A server's experiments as a client sees them: questions, feedback, and what the experiment says.</summary>
public sealed class ExperimentClient : IDisposable
{
    private const int Attempts = 6;

    private readonly HttpClient _http;
    private readonly TimeProvider _time;

    /// <param name="url">The server's address, without a path.</param>
    /// <param name="apiKey">Sent as a bearer token; null for none.</param>
    /// <param name="time">Waits between attempts.</param>
    /// <param name="handler">Sends the requests; the usual one unless given.</param>
    /// <exception cref="EvaluationException">The address is none.</exception>
    public ExperimentClient(string url, string? apiKey, TimeProvider time, HttpMessageHandler? handler = null)
    {
        if (!Uri.TryCreate(url.TrimEnd('/') + "/", UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("http" or "https"))
            throw new EvaluationException($"--url {url}: expected an address such as http://127.0.0.1:8080.");
        _time = time;
        _http = new HttpClient(handler ?? new HttpClientHandler()) { BaseAddress = uri, Timeout = TimeSpan.FromMinutes(10) };
        if (apiKey is not null)
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", apiKey);
    }

    /// <summary>Asks a question by the arm that its unit gets.</summary>
    /// <exception cref="EvaluationException">The server refused, or cannot be reached.</exception>
    public async Task<OnlineAnswer> AskAsync(OnlineExperiment experiment, int unit, string question, CancellationToken cancellationToken)
    {
        JsonNode answer = await SendAsync(HttpMethod.Post, "v1/chat/completions", new JsonObject
        {
            ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = question }),
            ["max_tokens"] = experiment.MaxTokens,
            ["temperature"] = experiment.Temperature,
            ["seed"] = unit,
            ["experiment"] = new JsonObject
            {
                ["name"] = experiment.Name,
                ["unit"] = string.Create(CultureInfo.InvariantCulture, $"problem-{unit}"),
                ["arms"] = new JsonArray([.. experiment.Arms.Select(arm => new JsonObject { ["name"] = arm.Name, ["strategies"] = JsonNode.Parse(arm.Strategies) })]),
            },
        }, cancellationToken) ?? throw new EvaluationException("The server answered with nothing.");
        return new(
            (string?)answer["id"] ?? "", (string?)answer["choices"]?[0]?["message"]?["content"] ?? "", (bool?)answer["experiment"]?["exposed"] == true, (string?)answer["experiment"]?["reason"],
            (string?)answer["model"] ?? "", (string?)answer["system_fingerprint"] ?? "");
    }

    /// <summary>Says whether an answer was right. Saying it again changes nothing, so it is tried again until it is acknowledged.</summary>
    /// <exception cref="EvaluationException">The server refused, or cannot be reached.</exception>
    public Task SayAsync(string request, bool isRight, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, "api/feedback", new JsonObject { ["request_id"] = request, ["name"] = OnlineExperiment.Metric, ["value"] = isRight }, cancellationToken);

    /// <summary>What the experiment says; null when nobody took part yet.</summary>
    /// <exception cref="EvaluationException">The server refused, or cannot be reached.</exception>
    public Task<JsonNode?> ReportAsync(string experiment, CancellationToken cancellationToken) => SendAsync(HttpMethod.Get, $"api/experiments/{experiment}", null, cancellationToken);

    /// <summary>How the effects grew.</summary>
    /// <exception cref="EvaluationException">The server refused, or cannot be reached.</exception>
    public Task<JsonNode?> HistoryAsync(string experiment, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Get, $"api/experiments/{experiment}/history?metric={OnlineExperiment.Metric}", null, cancellationToken);

    public void Dispose() => _http.Dispose();

    /// <returns>Null for a GET of what is not there.</returns>
    private async Task<JsonNode?> SendAsync(HttpMethod method, string path, JsonObject? body, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json") };
                using HttpResponseMessage response = await _http.SendAsync(request, cancellationToken);
                string text = await response.Content.ReadAsStringAsync(cancellationToken);
                if (response.IsSuccessStatusCode)
                    return JsonNode.Parse(text);
                if (response.StatusCode == HttpStatusCode.NotFound && method == HttpMethod.Get)
                    return null;
                if (response.StatusCode is not (HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable) || attempt == Attempts)
                    throw new EvaluationException($"{_http.BaseAddress}{path} answered {(int)response.StatusCode}: {Message(text)}");
            }
            catch (HttpRequestException e) when (attempt == Attempts)
            {
                throw new EvaluationException($"{_http.BaseAddress} cannot be reached: {e.Message}", e);
            }
            catch (HttpRequestException)
            {
                // It may be restarting.
            }
            catch (JsonException e)
            {
                throw new EvaluationException($"{_http.BaseAddress}{path} answered with what is not JSON: {e.Message}", e);
            }
            await Task.Delay(TimeSpan.FromSeconds(attempt), _time, cancellationToken);
        }
    }

    private static string Message(string body)
    {
        try
        {
            return (string?)JsonNode.Parse(body)?["error"]?["message"] ?? body;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return body.Length > 200 ? body[..200] : body;
        }
    }
}

/// <summary>An answer of a request that took part.</summary>
/// <param name="Id">For feedback.</param>
/// <param name="IsExposed">Whether it counts.</param>
/// <param name="Reason">Why it does not.</param>
public sealed record OnlineAnswer(string Id, string Text, bool IsExposed, string? Reason, string Model, string Fingerprint);
