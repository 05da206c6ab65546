using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace InferenceServer.Engine.Decoding;

/// <summary>
/// Keys and values of all slots: per layer two buffers [slots + 1, kv heads, capacity, head width], the last slot being the scheduler's spare. Rows
/// <c>[r, r + B)</c> of a buffer bind by address, as past and present at once, so attention appends in place. Nothing is ever cleared: what stands behind a
/// sequence's length is never read. On the CPU the memory is virtual until a slot fills.
/// </summary>
internal abstract class KvMemory : IDisposable
{
    private readonly GraphContract _graph;
    private readonly int _capacity;
    private readonly nint[] _buffers;
    private readonly nuint _tokenBytes;

    protected KvMemory(GraphContract graph, int slots, int capacity)
    {
        (_graph, _capacity) = (graph, capacity);
        _tokenBytes = (nuint)(graph.HeadDim * graph.KvElementBytes);
        nuint bytes = (nuint)(slots + 1) * SlotBytes;
        _buffers = new nint[2 * graph.Layers];
        for (int i = 0; i < _buffers.Length; i++)
            _buffers[i] = Allocate(bytes);
    }

    private nuint HeadBytes => (nuint)_capacity * _tokenBytes;
    private nuint SlotBytes => (nuint)_graph.KeyValueHeads * HeadBytes;
    protected abstract OrtMemoryInfo MemoryInfo { get; }

    /// <summary>Buffer <paramref name="index"/> (key and value of layer 0, of layer 1, ...) as a tensor of the given rows.</summary>
    public OrtValue Rows(int index, int first, int count)
    {
        long[] shape = [count, _graph.KeyValueHeads, _capacity, _graph.HeadDim];
        return OrtValue.CreateTensorValueWithData(MemoryInfo, _graph.KvType, shape, _buffers[index] + (nint)((nuint)first * SlotBytes), (long)((nuint)count * SlotBytes));
    }

    /// <summary>Copies the first tokens of a slot to another: one memory copy a head, where computing them takes a pass over all weights.</summary>
    public void Copy(in KvCopy copy)
    {
        foreach (nint buffer in _buffers)
            CopyHeads(buffer + (nint)((nuint)copy.To * SlotBytes), buffer + (nint)((nuint)copy.From * SlotBytes), HeadBytes, (nuint)copy.Tokens * _tokenBytes, _graph.KeyValueHeads);
    }

    /// <summary>Called after a step's copies, before it computes.</summary>
    public virtual void FinishCopies() { }

    protected abstract nint Allocate(nuint bytes);
    protected abstract void Free(nint buffer);
    protected abstract void CopyHeads(nint to, nint from, nuint pitch, nuint width, int heads);

    public void Dispose()
    {
        foreach (nint buffer in _buffers)
            Free(buffer);
        Array.Clear(_buffers);
    }
}

internal sealed unsafe class HostKvMemory(GraphContract graph, int slots, int capacity) : KvMemory(graph, slots, capacity)
{
    protected override OrtMemoryInfo MemoryInfo => OrtMemoryInfo.DefaultInstance;
    protected override nint Allocate(nuint bytes) => (nint)NativeMemory.AlignedAlloc(bytes, 64);
    protected override void Free(nint buffer) => NativeMemory.AlignedFree((void*)buffer);

    protected override void CopyHeads(nint to, nint from, nuint pitch, nuint width, int heads)
    {
        for (int h = 0; h < heads; h++)
            NativeMemory.Copy((void*)(from + h * (nint)pitch), (void*)(to + h * (nint)pitch), width);
    }
}

internal sealed class CudaKvMemory(GraphContract graph, int slots, int capacity) : KvMemory(graph, slots, capacity)
{
    private static readonly OrtMemoryInfo Gpu = new(OrtMemoryInfo.allocatorCUDA, OrtAllocatorType.DeviceAllocator, 0, OrtMemType.Default);

    protected override OrtMemoryInfo MemoryInfo => Gpu;
    protected override nint Allocate(nuint bytes) => CudaRuntime.Allocate(bytes);
    protected override void Free(nint buffer) => CudaRuntime.Free(buffer);
    protected override void CopyHeads(nint to, nint from, nuint pitch, nuint width, int heads) => CudaRuntime.CopyRows(to, from, pitch, width, (nuint)heads);
    public override void FinishCopies() => CudaRuntime.Synchronize();
}
