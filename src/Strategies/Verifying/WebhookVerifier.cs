using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Net.Http.Headers;
using InferenceServer.Plugins;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace InferenceServer.Strategies.Verifying;

/// <summary>
/// Posts the answer to a service that the operator allows, and reads its verdict. Redirects are not followed (they would lead past the list of hosts), a
/// lost connection is tried once more, replies above 64 KiB are refused, and whatever goes wrong says nothing about the answer.
/// </summary>
/// <param name="permissions">The operator's list of hosts; none when the host has none.</param>
[Plugin("webhook", "A service that the operator allows judges the answer.")]
public sealed class WebhookVerifier(VerifierPermissions? permissions = null) : IVerifier<WebhookOptions>
{
    private const int LongestReply = 64 * 1024;

    private static readonly HttpClient Client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
    {
        Timeout = Timeout.InfiniteTimeSpan,
        MaxResponseContentBufferSize = LongestReply,
    };

    private readonly IReadOnlyList<string> _hosts = permissions?.WebhookHosts ?? [];

    public VerifierKind Kind => VerifierKind.Executable;

    public async ValueTask<Verdict> VerifyAsync(WebhookOptions options, Submission submission, CancellationToken cancellationToken)
    {
        ResiliencePipeline pipeline = new ResiliencePipelineBuilder()
            .AddTimeout(TimeSpan.FromMilliseconds(options.TimeoutMs))
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = 1,
                Delay = TimeSpan.FromMilliseconds(50),
                ShouldHandle = new PredicateBuilder().Handle<HttpRequestException>(),
            })
            .Build();
        string body = ExternalReply.Ask(submission);
        try
        {
            return await pipeline.ExecuteAsync(async token =>
            {
                using var content = new StringContent(body, new MediaTypeHeaderValue("application/json"));
                using HttpResponseMessage response = await Client.PostAsync(new Uri(options.Url), content, token);
                return response.IsSuccessStatusCode
                    ? ExternalReply.Read(await response.Content.ReadAsByteArrayAsync(token))
                    : Verdict.Unknown(Kind, $"The webhook replied with status {(int)response.StatusCode}.");
            }, cancellationToken);
        }
        catch (TimeoutRejectedException)
        {
            return Verdict.Unknown(Kind, $"The webhook did not reply within {options.TimeoutMs} ms.");
        }
        catch (HttpRequestException e)
        {
            return Verdict.Unknown(Kind, $"The webhook cannot be reached: {e.Message}.");
        }
    }

    public PlanProblem? Check(WebhookOptions options, ILanguageModel model)
    {
        if (!Uri.TryCreate(options.Url, UriKind.Absolute, out Uri? url) || url.Scheme is not ("http" or "https"))
            return new("url", "must be an http or https address.");
        if (url.UserInfo.Length > 0)
            return new("url", "must not carry a user name or password.");
        bool allowed = _hosts.Any(host => string.Equals(host, url.Authority, StringComparison.OrdinalIgnoreCase));
        return allowed ? null : new("url", $"the host {url.Authority} is not on the operator's list of webhook hosts{(_hosts.Count == 0 ? ", which is empty" : "")}.");
    }
}

public sealed record WebhookOptions : VerifierOptions
{
    [Description("Where to post {\"question\", \"text\", \"answer\"}; it replies {\"outcome\": \"pass\", \"feedback\": \"...\"}, with an outcome of pass, fail or unknown. The operator must allow its host.")]
    public required string Url { get; init; }

    [Description("Milliseconds for the whole exchange, a retry included.")]
    [Range(1, 60000)]
    public int TimeoutMs { get; init; } = 5000;
}
