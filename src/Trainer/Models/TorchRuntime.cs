using static TorchSharp.torch;

namespace InferenceServer.Trainer.Models;

/// <summary>Loads the native library, which fails in ways that name the wrong cause.</summary>
public static class TorchRuntime
{
    /// <summary>Loads the library and fixes its number of threads, which it wants to know before the first operation.</summary>
    /// <exception cref="TorchUnavailableException">The library does not load.</exception>
    public static void Start(int threads) => Start(threads, set_num_threads);

    internal static void Start(int threads, Action<int> setThreads)
    {
        try
        {
            setThreads(threads);
        }
        catch (Exception e) when (e is NotSupportedException or TypeInitializationException or DllNotFoundException or BadImageFormatException)
        {
            throw new TorchUnavailableException(e);
        }
    }
}

/// <summary>TorchSharp's native library does not load.</summary>
public sealed class TorchUnavailableException(Exception inner) : Exception(
    "TorchSharp's native library does not load. It is built for x64 Linux with libstdc++ of GCC 13 or later (GLIBCXX_3.4.32), which Debian 12 lacks: run ./setup.sh, " +
    $"delete the folder 'cpu' beside the program if there is one, and try again. The loader said: {inner.GetBaseException().Message}", inner);
