using InferenceServer.Server.Generation;

namespace InferenceServer.Server.Streaming;

/// <summary>What one kind of stream sends: at its start, for each thing that happens, and at its end.</summary>
public abstract class ProgressWriter
{
    public abstract void Begin(SseWriter sse);
    public abstract void Write(SseWriter sse, in Progress progress);
    public abstract void End(SseWriter sse, Outcome outcome);
}
