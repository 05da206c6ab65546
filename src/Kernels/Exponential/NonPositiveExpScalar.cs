using static InferenceServer.Kernels.NonPositiveExp;

namespace InferenceServer.Kernels;

internal static class NonPositiveExpScalar
{
    public static float Clamp(float x) => x > Floor ? x : Floor;

    /// <param name="x">Clamped.</param>
    public static float Exp(float x)
    {
        float shifted = MathF.FusedMultiplyAdd(x, Log2E, Rounder);
        float n = shifted - Rounder;
        float r = MathF.FusedMultiplyAdd(n, -Ln2High, x);
        r = MathF.FusedMultiplyAdd(n, -Ln2Low, r);
        float p = MathF.FusedMultiplyAdd(r, C7, C6);
        p = MathF.FusedMultiplyAdd(p, r, C5);
        p = MathF.FusedMultiplyAdd(p, r, C4);
        p = MathF.FusedMultiplyAdd(p, r, C3);
        p = MathF.FusedMultiplyAdd(p, r, C2);
        p = MathF.FusedMultiplyAdd(p, r, 1f);
        p = MathF.FusedMultiplyAdd(p, r, 1f);
        float power = BitConverter.Int32BitsToSingle((BitConverter.SingleToInt32Bits(shifted) + ExponentBias) << MantissaBits);
        return x > Floor ? p * power : 0f;
    }
}
