using InferenceServer.Server.Generation;
using InferenceServer.Server.Responses;

namespace InferenceServer.Server.Streaming;

/// <summary>Everything that happens, each as a typed event; the last one, <c>done</c>, is the whole response.</summary>
public sealed class GenerateEvents(Func<Outcome, GenerateResponse> respond) : ProgressWriter
{
    public override void Begin(SseWriter sse)
    {
    }

    public override void Write(SseWriter sse, in Progress progress)
    {
        if (progress.Event is not { } happened)
            return;
        var body = TraceBody.From(progress.Choice, happened);
        sse.Event(body.Type, body, ApiJson.Instance.TraceBody);
    }

    public override void End(SseWriter sse, Outcome outcome) => sse.Event("done", respond(outcome), ApiJson.Instance.GenerateResponse);
}
