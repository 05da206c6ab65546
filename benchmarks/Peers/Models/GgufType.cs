using System.Runtime.InteropServices;

namespace InferenceServer.Peers.Models;

/// <summary>How GGUF stores a tensor; the values are the file format's.</summary>
internal enum GgufType : uint
{
    F32 = 0,

    /// <summary>Blocks of 32: a half-precision scale and sixteen bytes, the first half of the block in the low nibbles.</summary>
    Q4_0 = 2,

    /// <summary>Blocks of 32: a half-precision scale and 32 signed bytes.</summary>
    Q8_0 = 8,
}

internal static class GgufTypeExtensions
{
    private const int Block = 32;

    public static long Bytes(this GgufType type, long elements) => type switch
    {
        GgufType.Q8_0 => elements / Block * (2 + Block),
        GgufType.Q4_0 => elements / Block * (2 + Block / 2),
        _ => elements * sizeof(float),
    };

    public static void Write(this GgufType type, BinaryWriter writer, ReadOnlySpan<float> weights)
    {
        if (type == GgufType.F32)
        {
            writer.Write(MemoryMarshal.AsBytes(weights));
            return;
        }
        for (int i = 0; i < weights.Length; i += Block)
        {
            if (type == GgufType.Q8_0)
                Eight(writer, weights.Slice(i, Block));
            else
                Four(writer, weights.Slice(i, Block));
        }
    }

    private static void Eight(BinaryWriter writer, ReadOnlySpan<float> block)
    {
        float scale = Math.Abs(Peak(block)) / 127;
        writer.Write((Half)scale);
        foreach (float weight in block)
            writer.Write((sbyte)(scale == 0 ? 0 : MathF.Round(weight / scale)));
    }

    /// <remarks>The weight of greatest magnitude becomes -8, the end of the range that has one step more; so the scale may be negative.</remarks>
    private static void Four(BinaryWriter writer, ReadOnlySpan<float> block)
    {
        float scale = Peak(block) / -8;
        writer.Write((Half)scale);
        for (int i = 0; i < Block / 2; i++)
            writer.Write((byte)(Nibble(block[i], scale) | Nibble(block[i + Block / 2], scale) << 4));
    }

    private static int Nibble(float weight, float scale) => scale == 0 ? 8 : Math.Clamp((int)MathF.Round(weight / scale) + 8, 0, 15);

    private static float Peak(ReadOnlySpan<float> block)
    {
        float peak = 0;
        foreach (float weight in block)
            if (Math.Abs(weight) > Math.Abs(peak))
                peak = weight;
        return peak;
    }
}
