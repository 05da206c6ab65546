using System.Net.Http.Headers;
using System.Numerics.Tensors;
using System.Text.Json;
using InferenceServer.Server.Hosting;
using InferenceServer.Strategies.Handbooks;
using Microsoft.Extensions.Caching.Memory;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace InferenceServer.Server.Handbooks;

/// <summary>
/// Vectors from a service that speaks OpenAI's embeddings protocol. What was asked lately is remembered, so that a question costs one text and not the whole handbook. Redirects are not followed,
/// a lost connection is tried once more.
/// </summary>
/// <param name="address">The service's <c>/embeddings</c>.</param>
/// <param name="model">The name that the service knows its model by.</param>
/// <param name="key">Sent as a bearer token; null sends none.</param>
public sealed class EmbeddingEndpoint(Uri address, string model, string? key) : IEmbedder, IDisposable
{
    private const int Remembered = 10_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
    {
        Timeout = Timeout.InfiniteTimeSpan,
        MaxResponseContentBufferSize = 64 << 20,
        DefaultRequestHeaders = { Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key) },
    };

    private readonly MemoryCache _vectors = new(new MemoryCacheOptions { SizeLimit = Remembered });

    private readonly ResiliencePipeline _pipeline = new ResiliencePipelineBuilder()
        .AddTimeout(Patience)
        .AddRetry(new RetryStrategyOptions { MaxRetryAttempts = 1, Delay = TimeSpan.FromMilliseconds(50), ShouldHandle = new PredicateBuilder().Handle<HttpRequestException>() })
        .Build();

    /// <summary>As the options say; null when they name no service.</summary>
    /// <exception cref="StartupException">The address is none, or the model's name is missing.</exception>
    public static EmbeddingEndpoint? From(ServerOptions options)
    {
        if (options.EmbeddingsUrl is not { } url)
            return null;
        if (!Uri.TryCreate(url.TrimEnd('/') + "/embeddings", UriKind.Absolute, out Uri? address) || address.Scheme is not ("http" or "https"))
            throw new StartupException($"--embeddings-url: '{url}' is no address; give one like http://localhost:8000/v1.");
        return options.EmbeddingsModel is { } model
            ? new(address, model, options.EmbeddingsKey)
            : throw new StartupException("--embeddings-url needs --embeddings-model, the name of the model that the service embeds with.");
    }

    public async ValueTask<IReadOnlyList<ReadOnlyMemory<float>>> EmbedAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken)
    {
        var vectors = new ReadOnlyMemory<float>[texts.Count];
        var unknown = new List<int>();
        for (int i = 0; i < vectors.Length; i++)
        {
            if (_vectors.TryGetValue(texts[i], out float[]? vector))
                vectors[i] = vector;
            else
                unknown.Add(i);
        }
        if (unknown.Count == 0)
            return vectors;
        float[][] asked = await AskAsync([.. unknown.Select(i => texts[i])], cancellationToken);
        foreach (var (i, vector) in unknown.Zip(asked))
        {
            vectors[i] = vector;
            _vectors.Set(texts[i], vector, new MemoryCacheEntryOptions { Size = 1 });
        }
        if (vectors.Any(vector => vector.Length != vectors[0].Length))
        {
            // The model behind the name has changed: what is remembered is another's.
            _vectors.Clear();
            throw new EmbeddingException("The embedding service's vectors differ in length.");
        }
        return vectors;
    }

    public void Dispose()
    {
        _http.Dispose();
        _vectors.Dispose();
    }

    private async Task<float[][]> AskAsync(string[] texts, CancellationToken cancellationToken)
    {
        try
        {
            return await _pipeline.ExecuteAsync(async token =>
            {
                using HttpResponseMessage response = await _http.PostAsJsonAsync(address, new { model, input = texts, encoding_format = "float" }, token);
                if (!response.IsSuccessStatusCode)
                    throw new EmbeddingException($"The embedding service replied with status {(int)response.StatusCode}.");
                using JsonDocument body = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(token));
                return Read(body.RootElement, texts.Length);
            }, cancellationToken);
        }
        catch (TimeoutRejectedException e)
        {
            throw new EmbeddingException($"The embedding service did not reply within {Patience.TotalSeconds} s.", e);
        }
        catch (HttpRequestException e)
        {
            throw new EmbeddingException($"The embedding service cannot be reached: {e.Message}.", e);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new EmbeddingException("The embedding service's reply is not of OpenAI's form.", e);
        }
    }

    private static float[][] Read(JsonElement body, int count)
    {
        var vectors = new float[count][];
        foreach (JsonElement item in body.GetProperty("data").EnumerateArray())
        {
            int index = item.GetProperty("index").GetInt32();
            float[] vector = [.. item.GetProperty("embedding").EnumerateArray().Select(number => number.GetSingle())];
            if ((uint)index >= (uint)count || vector.Length == 0 || !float.IsFinite(TensorPrimitives.Norm(vector)))
                throw new FormatException();
            vectors[index] = vector;
        }
        return vectors.Contains(null) ? throw new FormatException() : vectors;
    }
}
