using InferenceServer.Server.Tests;
using InferenceServer.Shared;

namespace InferenceServer.Dashboard.Tests;

/// <summary>A decoder that can be made to stand still: what a page shows then came while the request ran.</summary>
internal sealed class ScriptedRun
{
    private readonly TaskCompletionSource _go = new();
    private int _steps = int.MinValue;

    public ScriptedRun()
    {
        Decoder = TestServer.HashingDecoder();
        Decoder.OnForward = plan =>
        {
            // In the third step that writes: how many sequences have begun by then is a matter of threads, but one has a token or two.
            if (plan.DecodeRows > 0 && Interlocked.Increment(ref _steps) == 3)
                _go.Task.Wait();
        };
    }

    public ScriptedDecoder Decoder { get; }

    /// <summary>Stands still as soon as something is written, until what is returned is disposed. Call it after the server's self-test, which writes as well.</summary>
    public IDisposable HoldWhileWriting()
    {
        Volatile.Write(ref _steps, 0);
        return new Hold(_go);
    }

    private sealed class Hold(TaskCompletionSource go) : IDisposable
    {
        public void Dispose() => go.TrySetResult();
    }
}
