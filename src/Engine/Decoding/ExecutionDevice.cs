using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace InferenceServer.Engine.Decoding;

/// <summary>What the caller wants to run on.</summary>
public enum DeviceChoice
{
    Cpu,

    /// <summary>An NVIDIA GPU or an error that says what is missing.</summary>
    Cuda,

    /// <summary>An NVIDIA GPU if one is usable, else the CPU and the reason.</summary>
    Auto,
}

/// <summary>The device asked for cannot be used; the message lists what is missing.</summary>
public sealed class DeviceUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The execution provider that sessions are opened on.</summary>
public sealed class ExecutionDevice
{
    private const string CudaProvider = "CUDAExecutionProvider";

    // What ONNX Runtime's CUDA provider links to, in the order in which one would install it.
    private static readonly (string Library, string What)[] CudaLibraries =
    [
        ("libcuda.so.1", "the NVIDIA driver (libcuda.so.1)"),
        ("libcudart.so.13", "the CUDA 13 runtime (libcudart.so.13)"),
        ("libcublas.so.13", "CUDA 13's cuBLAS (libcublas.so.13)"),
        ("libcublasLt.so.13", "CUDA 13's cuBLASLt (libcublasLt.so.13)"),
        ("libcurand.so.10", "CUDA 13's cuRAND (libcurand.so.10)"),
        ("libcudnn.so.9", "cuDNN 9 (libcudnn.so.9)"),
    ];

    private readonly Action<SessionOptions> _configure;

    private ExecutionDevice(string name, bool isCuda, string reason, Action<SessionOptions> configure) =>
        (Name, IsCuda, Reason, _configure) = (name, isCuda, reason, configure);

    public static ExecutionDevice Cpu { get; } = new("cpu", false, "the default", _ => { });

    /// <summary>"cpu", "cuda", or the name of a plug-in execution provider.</summary>
    public string Name { get; }

    /// <summary>KV lives in GPU memory and weights must be fp16: the CUDA attention kernel has no fp32.</summary>
    public bool IsCuda { get; }

    /// <summary>Why this device was taken, for the start-up line.</summary>
    public string Reason { get; }

    internal void Configure(SessionOptions options) => _configure(options);

    /// <exception cref="DeviceUnavailableException">CUDA was asked for and cannot be used.</exception>
    public static ExecutionDevice Resolve(DeviceChoice choice)
    {
        if (choice == DeviceChoice.Cpu)
            return Cpu;
        string? missing = MissingForCuda();
        if (missing is null)
            return new("cuda", true, "a usable GPU was found", options => options.AppendExecutionProvider_CUDA(0));
        if (choice == DeviceChoice.Cuda)
            throw new DeviceUnavailableException($"--device cuda cannot be used: {missing}");
        return new("cpu", false, $"no usable GPU: {missing}", _ => { });
    }

    /// <summary>Loads a plug-in execution provider (a shared library that exports ONNX Runtime's provider factory) and takes all of its devices.</summary>
    /// <param name="libraryPath">Path of the library.</param>
    /// <exception cref="DeviceUnavailableException">The file is missing, is no such library, or offers no device here.</exception>
    public static ExecutionDevice FromLibrary(string libraryPath)
    {
        if (!File.Exists(libraryPath))
            throw new DeviceUnavailableException($"The execution provider's library {libraryPath} does not exist.");
        var environment = OrtEnv.Instance();
        string registration = Path.GetFileNameWithoutExtension(libraryPath);
        var before = environment.GetEpDevices().Select(d => d.EpName).ToHashSet();
        try
        {
            environment.RegisterExecutionProviderLibrary(registration, Path.GetFullPath(libraryPath));
        }
        catch (OnnxRuntimeException e)
        {
            throw new DeviceUnavailableException($"{libraryPath} could not be loaded as an execution provider of ONNX Runtime {environment.GetVersionString()}: {e.Message}", e);
        }
        var devices = environment.GetEpDevices().Where(d => !before.Contains(d.EpName)).ToList();
        if (devices.Count == 0)
            throw new DeviceUnavailableException($"{libraryPath} was loaded, but offers no device on this machine.");
        return new(devices[0].EpName, false, $"loaded from {libraryPath}",
            options => options.AppendExecutionProvider(environment, devices, new Dictionary<string, string>()));
    }

    /// <summary>Null when CUDA can be used, else a sentence that says what to install.</summary>
    private static string? MissingForCuda()
    {
        if (!OrtEnv.Instance().GetAvailableProviders().Contains(CudaProvider))
            return "this build carries the CPU build of ONNX Runtime; build with -p:OnnxRuntime=cuda.";
        var missing = CudaLibraries.Where(l => !CanLoad(l.Library)).Select(l => l.What).ToList();
        if (missing.Count > 0)
            return $"missing: {string.Join(", ", missing)}.";
        try
        {
            int devices = CudaRuntime.DeviceCount();
            return devices > 0 ? null : "the driver reports no GPU.";
        }
        catch (InvalidOperationException e)
        {
            return e.Message;
        }
    }

    private static bool CanLoad(string library)
    {
        if (!NativeLibrary.TryLoad(library, out nint handle))
            return false;
        NativeLibrary.Free(handle);
        return true;
    }
}
