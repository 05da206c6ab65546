using InferenceServer.Server.Generation;

namespace InferenceServer.Server.Streaming;

/// <summary>What one kind of stream sends: at its start, for each thing that happens, and at its end.</summary>
public abstract class ProgressWriter
{
    public abstract void Begin(SseWriter sse);
    public abstract void Write(SseWriter sse, in Progress progress);

    /// <summary>Nothing more is ready: writes what <see cref="Write"/> has gathered.</summary>
    public virtual void Flush(SseWriter sse)
    {
    }

    public abstract void End(SseWriter sse, Outcome outcome);
}
