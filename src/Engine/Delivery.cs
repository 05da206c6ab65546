namespace InferenceServer.Engine;

/// <summary>
/// Wakes the readers of one step's tokens on a pool thread: one queued item a step however many rows there are, so that the engine's thread pays for
/// one. Readers run one after the other; each must yield, not block, as any code on the pool.
/// </summary>
internal sealed class Delivery : IThreadPoolWorkItem
{
    private readonly List<TokenStream> _streams = [];
    private int _busy;

    public bool IsFree => Volatile.Read(ref _busy) == 0;

    public bool Any => _streams.Count > 0;

    public void Add(TokenStream stream) => _streams.Add(stream);

    public void Send()
    {
        if (_streams.Count == 0)
            return;
        Volatile.Write(ref _busy, 1);
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute()
    {
        foreach (var stream in _streams)
            stream.Wake();
        _streams.Clear();
        Volatile.Write(ref _busy, 0);
    }
}
