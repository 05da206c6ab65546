using InferenceServer.Modeling;
using static TorchSharp.torch;

namespace InferenceServer.Trainer.Models;

/// <summary>Keys and values of the tokens that a batch of sequences has behind it. All sequences have the same length; what differs are their tokens.</summary>
public sealed class KeyValueCache : IDisposable
{
    private readonly Tensor[] _keys, _values;
    private readonly long _capacity;
    private long _length;

    public KeyValueCache(ModelConfig config, long batch, long capacity)
    {
        _capacity = capacity;
        _keys = [.. Enumerable.Range(0, config.Layers).Select(_ => zeros(batch, config.KeyValueHeads, capacity, config.HeadDim).DetachFromDisposeScope())];
        _values = [.. Enumerable.Range(0, config.Layers).Select(_ => zeros(batch, config.KeyValueHeads, capacity, config.HeadDim).DetachFromDisposeScope())];
    }

    public long Length => _length;

    internal Tensor Positions(long count) => arange(_length, _length + count).unsqueeze(0);

    internal Tensor Mask(long count) => full(count, _length + count, float.NegativeInfinity).triu(_length + 1);

    internal (Tensor Keys, Tensor Values) Append(int layer, Tensor keys, Tensor values)
    {
        long count = keys.shape[2];
        if (_length + count > _capacity)
            throw new InvalidOperationException($"The cache holds {_capacity} tokens; {_length + count} needed.");
        _keys[layer].narrow(2, _length, count).copy_(keys);
        _values[layer].narrow(2, _length, count).copy_(values);
        return (_keys[layer].narrow(2, 0, _length + count).to(keys.dtype), _values[layer].narrow(2, 0, _length + count).to(values.dtype));
    }

    internal void Advance(long count) => _length += count;

    /// <summary>Keeps the given rows, in that order; a row may be named several times.</summary>
    public void Select(Tensor rows)
    {
        foreach (var layers in (Tensor[][])[_keys, _values])
        {
            for (int l = 0; l < layers.Length; l++)
            {
                var old = layers[l];
                layers[l] = old.index_select(0, rows).DetachFromDisposeScope();
                old.Dispose();
            }
        }
    }

    public void Dispose()
    {
        foreach (var t in _keys.Concat(_values))
            t.Dispose();
    }
}
