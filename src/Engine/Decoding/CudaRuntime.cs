using System.Runtime.InteropServices;

namespace InferenceServer.Engine.Decoding;

/// <summary>The few calls of the CUDA 13 runtime that KV in GPU memory needs. Never loaded on a machine without a GPU.</summary>
internal static unsafe partial class CudaRuntime
{
    private const string Library = "libcudart.so.13";
    private const int DeviceToDevice = 3;

    public static int DeviceCount()
    {
        int count;
        Check(GetDeviceCount(&count), "count the GPUs");
        return count;
    }

    public static nint Allocate(nuint bytes)
    {
        nint address;
        Check(Malloc(&address, bytes), $"reserve {bytes / (1 << 20)} MiB of GPU memory for KV (fewer --slots or a smaller --context need less)");
        return address;
    }

    public static void Free(nint address) => _ = FreeMemory(address);

    /// <summary>Copies <paramref name="rows"/> blocks of <paramref name="width"/> bytes whose starts lie <paramref name="pitch"/> bytes apart.</summary>
    public static void CopyRows(nint to, nint from, nuint pitch, nuint width, nuint rows) =>
        Check(Memcpy2D(to, pitch, from, pitch, width, rows, DeviceToDevice), "copy KV");

    /// <summary>ONNX Runtime computes on a stream of its own, which does not wait for copies on the default one.</summary>
    public static void Synchronize() => Check(DeviceSynchronize(), "wait for the GPU");

    private static void Check(int status, string what)
    {
        if (status != 0)
            throw new InvalidOperationException($"CUDA could not {what}: {Marshal.PtrToStringUTF8(GetErrorString(status))} (error {status}).");
    }

    [LibraryImport(Library, EntryPoint = "cudaGetDeviceCount")] private static partial int GetDeviceCount(int* count);
    [LibraryImport(Library, EntryPoint = "cudaMalloc")] private static partial int Malloc(nint* address, nuint bytes);
    [LibraryImport(Library, EntryPoint = "cudaFree")] private static partial int FreeMemory(nint address);
    [LibraryImport(Library, EntryPoint = "cudaMemcpy2D")] private static partial int Memcpy2D(nint to, nuint toPitch, nint from, nuint fromPitch, nuint width, nuint height, int kind);
    [LibraryImport(Library, EntryPoint = "cudaDeviceSynchronize")] private static partial int DeviceSynchronize();
    [LibraryImport(Library, EntryPoint = "cudaGetErrorString")] private static partial nint GetErrorString(int status);
}
