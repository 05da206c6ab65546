using InferenceServer.Server.Tests;
using InferenceServer.Shared;

namespace InferenceServer.Dashboard.Tests;

/// <summary>A decoder that can be made to stand still: what a page shows then came while the request ran.</summary>
internal sealed class ScriptedRun
{
    private readonly TaskCompletionSource _go = new();
    private int _rows = int.MaxValue, _steps;

    public ScriptedRun()
    {
        Decoder = TestServer.HashingDecoder();
        Decoder.OnForward = plan =>
        {
            // In the third step of so many rows: each of them has a token or two by then.
            if (plan.DecodeRows >= Volatile.Read(ref _rows) && ++_steps == 3)
                _go.Task.Wait();
        };
    }

    public ScriptedDecoder Decoder { get; }

    /// <summary>Stands still as soon as so many sequences have begun to write, until what is returned is disposed.</summary>
    public IDisposable HoldAt(int rows)
    {
        Volatile.Write(ref _rows, rows);
        return new Hold(_go);
    }

    private sealed class Hold(TaskCompletionSource go) : IDisposable
    {
        public void Dispose() => go.TrySetResult();
    }
}
