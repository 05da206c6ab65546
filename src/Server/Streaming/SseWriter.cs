using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using InferenceServer.Server.Responses;
using Microsoft.AspNetCore.Http.Features;

namespace InferenceServer.Server.Streaming;

/// <summary>Writes server-sent events into the response's own buffer; nothing leaves before <see cref="FlushAsync"/>, so that tokens that are ready together travel together.</summary>
public sealed class SseWriter : IDisposable
{
    private readonly PipeWriter _body;
    private readonly Utf8JsonWriter _json;
    private readonly CancellationToken _aborted;

    public SseWriter(HttpContext http)
    {
        HttpResponse response = http.Response;
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers.CacheControl = "no-cache";
        // nginx holds a response back without it.
        response.Headers["X-Accel-Buffering"] = "no";
        http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        _body = response.BodyWriter;
        _json = new Utf8JsonWriter(_body, new JsonWriterOptions { Encoder = ApiJson.Instance.Options.Encoder, SkipValidation = true });
        _aborted = http.RequestAborted;
    }

    /// <summary>One unnamed event with a JSON body.</summary>
    public void Data<T>(T value, JsonTypeInfo<T> type)
    {
        _body.Write("data: "u8);
        WriteJson(value, type);
    }

    /// <summary>One named event with a JSON body.</summary>
    public void Event<T>(string name, T value, JsonTypeInfo<T> type)
    {
        _body.Write("event: "u8);
        Encoding.UTF8.GetBytes(name, _body);
        _body.Write("\ndata: "u8);
        WriteJson(value, type);
    }

    /// <summary>The marker with which OpenAI's streams end.</summary>
    public void Done() => _body.Write("data: [DONE]\n\n"u8);

    /// <summary>Something that clients skip, to keep the connection open.</summary>
    public void KeepAlive() => _body.Write(": keep-alive\n\n"u8);

    /// <exception cref="OperationCanceledException">The client went away.</exception>
    public async ValueTask FlushAsync()
    {
        await _body.FlushAsync(_aborted);
        _aborted.ThrowIfCancellationRequested();
    }

    private void WriteJson<T>(T value, JsonTypeInfo<T> type)
    {
        _json.Reset(_body);
        JsonSerializer.Serialize(_json, value, type);
        _json.Flush();
        _body.Write("\n\n"u8);
    }

    public void Dispose() => _json.Dispose();
}
