using InferenceServer.Server.Tests;
using InferenceServer.Shared;

namespace InferenceServer.Dashboard.Tests;

/// <summary>A decoder that, once armed, makes some steps and then waits for each further one to be released.</summary>
internal sealed class ScriptedRun
{
    private int _left = int.MaxValue;

    public ScriptedRun(SemaphoreSlim hold, int steps)
    {
        Steps = steps;
        Decoder = TestServer.HashingDecoder();
        Decoder.OnForward = _ =>
        {
            if (Volatile.Read(ref _left) != int.MaxValue && Interlocked.Decrement(ref _left) < 0)
                hold.Wait();
        };
    }

    public ScriptedDecoder Decoder { get; }
    private int Steps { get; }

    /// <summary>After the server's self-test, which steps as well.</summary>
    public void Arm() => Volatile.Write(ref _left, Steps);
}
