using InferenceServer.Server.Tests;
using InferenceServer.Shared;

namespace InferenceServer.Dashboard.Tests;

/// <summary>A decoder that can be made to stand still: what a page shows then came while the request ran.</summary>
internal sealed class ScriptedRun
{
    private readonly TaskCompletionSource _go = new();
    private int _left = int.MaxValue;

    public ScriptedRun()
    {
        Decoder = TestServer.HashingDecoder();
        Decoder.OnForward = _ =>
        {
            if (Volatile.Read(ref _left) != int.MaxValue && Interlocked.Decrement(ref _left) < 0)
                _go.Task.Wait();
        };
    }

    public ScriptedDecoder Decoder { get; }

    /// <summary>Stands still after so many steps from now, until what is returned is disposed. Call it after the server's self-test, which steps as well.</summary>
    public IDisposable HoldAfter(int steps)
    {
        Volatile.Write(ref _left, steps);
        return new Hold(_go);
    }

    private sealed class Hold(TaskCompletionSource go) : IDisposable
    {
        public void Dispose() => go.TrySetResult();
    }
}
