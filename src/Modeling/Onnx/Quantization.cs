using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using static InferenceServer.Modeling.Onnx.Proto.TensorProto.Types;

namespace InferenceServer.Modeling.Onnx;

/// <summary>
/// Weights for <c>com.microsoft.MatMulNBits</c>: round to nearest in blocks of 32 inputs with one scale each, symmetric. Values are stored unsigned about
/// the operator's default zero point, 2^(bits-1). In a block the value of largest magnitude becomes -2^(bits-1), the end of the range that has one step
/// more, so a scale may be negative.
/// </summary>
internal static class Quantization
{
    public const int Block = 32;

    /// <summary>Quantises a linear layer [outputs, inputs]; a last block that the inputs do not fill is padded with zeros.</summary>
    /// <returns>Values uint8 [outputs, blocks, 32 * bits / 8] (four bits: the even input in the low half) and scales float [outputs, blocks].</returns>
    public static (OnnxTensor Values, OnnxTensor Scales) Quantize(ReadOnlySpan<float> weights, int outputs, int inputs, int bits)
    {
        int blocks = (inputs + Block - 1) / Block, blockBytes = Block * bits / 8;
        byte[] values = new byte[(long)outputs * blocks * blockBytes];
        float[] scales = new float[outputs * blocks];
        Span<float> block = stackalloc float[Block];
        Span<byte> quantized = stackalloc byte[Block];
        for (int o = 0; o < outputs; o++)
            for (int b = 0; b < blocks; b++)
            {
                var source = weights.Slice(o * inputs + b * Block, Math.Min(Block, inputs - b * Block));
                block.Clear();
                source.CopyTo(block);
                int index = o * blocks + b;
                scales[index] = QuantizeBlock(block, quantized, bits);
                Pack(quantized, values.AsSpan(index * blockBytes, blockBytes), bits);
            }
        return (new(DataType.Uint8, [outputs, blocks, blockBytes], values), OnnxTensor.Floats(DataType.Float, scales, outputs, blocks));
    }

    /// <summary>The weights [outputs, inputs] that the quantised ones stand for.</summary>
    public static float[] Dequantize(OnnxTensor values, OnnxTensor scales, int inputs, int bits)
    {
        int outputs = (int)values.Shape[0], blocks = (int)values.Shape[1], zero = 1 << (bits - 1);
        var scale = MemoryMarshal.Cast<byte, float>(scales.Bytes);
        float[] weights = new float[outputs * inputs];
        for (int o = 0; o < outputs; o++)
            for (int i = 0; i < inputs; i++)
            {
                int block = o * blocks + i / Block, position = block * Block + i % Block;
                int stored = bits == 8 ? values.Bytes[position] : (values.Bytes[position / 2] >> (position % 2 * 4)) & 15;
                weights[o * inputs + i] = (stored - zero) * scale[block];
            }
        return weights;
    }

    private static float QuantizeBlock(ReadOnlySpan<float> block, Span<byte> quantized, int bits)
    {
        int zero = 1 << (bits - 1);
        float peak = block[TensorPrimitives.IndexOfMaxMagnitude(block)];
        float scale = peak == 0 ? 1 : peak / -zero;
        for (int i = 0; i < block.Length; i++)
            quantized[i] = (byte)Math.Clamp(MathF.Round(block[i] / scale) + zero, 0, 2 * zero - 1);
        return scale;
    }

    private static void Pack(ReadOnlySpan<byte> quantized, Span<byte> packed, int bits)
    {
        if (bits == 8)
            quantized.CopyTo(packed);
        else
            for (int i = 0; i < packed.Length; i++)
                packed[i] = (byte)(quantized[2 * i] | quantized[2 * i + 1] << 4);
    }
}
