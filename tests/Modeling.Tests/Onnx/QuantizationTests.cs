using InferenceServer.Modeling.Onnx;

namespace InferenceServer.Modeling.Tests.Onnx;

public sealed class QuantizationTests
{
    [Theory]
    [InlineData(8, 64)]
    [InlineData(4, 64)]
    [InlineData(8, 48)]
    [InlineData(4, 7)]
    public void Quantize_RandomWeights_ErrsByHalfAStepAtMost(int bits, int inputs)
    {
        const int Outputs = 5;
        float[] weights = Random(Outputs * inputs);
        var (values, scales) = Quantization.Quantize(weights, Outputs, inputs, bits);
        float[] back = Quantization.Dequantize(values, scales, inputs, bits);
        for (int o = 0; o < Outputs; o++)
            for (int start = 0; start < inputs; start += Quantization.Block)
            {
                int end = Math.Min(start + Quantization.Block, inputs);
                float peak = Enumerable.Range(start, end - start).Max(i => Math.Abs(weights[o * inputs + i]));
                float step = peak / (1 << (bits - 1));
                for (int i = start; i < end; i++)
                {
                    // The far end of the range is one step short of the peak, so a value as large with the other sign loses a whole step.
                    float error = Math.Abs(weights[o * inputs + i] - back[o * inputs + i]);
                    Assert.InRange(error, 0, Math.Abs(weights[o * inputs + i]) > peak - step ? step * 1.001f : step * 0.501f);
                }
            }
    }

    [Theory]
    [InlineData(8)]
    [InlineData(4)]
    public void Quantize_WeightsOnTheGrid_ComeBackExactly(int bits)
    {
        int zero = 1 << (bits - 1);
        float[] weights = [.. Enumerable.Range(0, 2 * Quantization.Block).Select(i => 0.25f * (i * 37 % (2 * zero) - zero))];
        weights[0] = weights[Quantization.Block] = -0.25f * zero;
        var (values, scales) = Quantization.Quantize(weights, 1, weights.Length, bits);
        Assert.Equal(weights, Quantization.Dequantize(values, scales, weights.Length, bits));
    }

    [Fact]
    public void Quantize_FourBits_PutsTheEvenInputInTheLowHalf()
    {
        float[] weights = new float[Quantization.Block];
        (weights[0], weights[1]) = (-8, 3);
        var (values, scales) = Quantization.Quantize(weights, 1, weights.Length, 4);
        Assert.Equal(0xB0, values.Bytes[0]);
        Assert.Equal(0x88, values.Bytes[1]);
        Assert.Equal([1, 1, 16], values.Shape);
        Assert.Equal(BitConverter.GetBytes(1f), scales.Bytes);
    }

    [Fact]
    public void Quantize_ZeroBlock_StaysZero()
    {
        float[] weights = new float[Quantization.Block];
        var (values, scales) = Quantization.Quantize(weights, 1, weights.Length, 8);
        Assert.Equal(weights, Quantization.Dequantize(values, scales, weights.Length, 8));
    }

    private static float[] Random(int count)
    {
        float[] weights = new float[count];
        new RandomWeights(11, 1).Read(new TensorSpec("w", count), weights);
        return weights;
    }
}
