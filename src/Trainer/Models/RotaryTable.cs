using InferenceServer.Modeling;
using static TorchSharp.torch;

namespace InferenceServer.Trainer.Models;

/// <summary>Rotary position embedding (Su et al., arXiv:2104.09864), rotate-half: the first half of a head is paired with the second, as GPT-NeoX and Llama do.</summary>
public sealed class RotaryTable : IDisposable
{
    private readonly Tensor _cos, _sin;

    public RotaryTable(ModelConfig config)
    {
        using var scope = NewDisposeScope();
        int half = config.HeadDim / 2;
        float[] angles = new float[config.ContextLength * half];
        for (int position = 0; position < config.ContextLength; position++)
            for (int i = 0; i < half; i++)
                angles[position * half + i] = (float)(position * Math.Pow(config.RopeTheta, -2.0 * i / config.HeadDim));
        var table = tensor(angles, [config.ContextLength, 1, half]);
        _cos = table.cos().DetachFromDisposeScope();
        _sin = table.sin().DetachFromDisposeScope();
    }

    /// <summary>Cosines and sines [T,1,H/2] of the first positions.</summary>
    public (Tensor Cos, Tensor Sin) Range(long length) => (_cos[..(int)length], _sin[..(int)length]);

    /// <summary>Turns [B,T,heads,H], in its own precision.</summary>
    public static Tensor Rotate(Tensor x, Tensor cos, Tensor sin)
    {
        var halves = x.chunk(2, -1);
        Tensor c = cos.to(x.dtype), s = sin.to(x.dtype);
        return cat([halves[0] * c - halves[1] * s, halves[1] * c + halves[0] * s], -1);
    }

    public void Dispose()
    {
        _cos.Dispose();
        _sin.Dispose();
    }
}
