using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static InferenceServer.Kernels.NonPositiveExp;

namespace InferenceServer.Kernels;

internal static class NonPositiveExpAvx2
{
    /// <remarks>A comparison and a selection, for NaN must come out as the floor.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Clamp(Vector256<float> x)
    {
        var floor = Vector256.Create(Floor);
        return Vector256.ConditionalSelect(Vector256.GreaterThan(x, floor), x, floor);
    }

    /// <param name="x">Clamped.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Exp(Vector256<float> x)
    {
        var rounder = Vector256.Create(Rounder);
        var shifted = Vector256.FusedMultiplyAdd(x, Vector256.Create(Log2E), rounder);
        var n = shifted - rounder;
        var r = Vector256.FusedMultiplyAdd(n, Vector256.Create(-Ln2High), x);
        r = Vector256.FusedMultiplyAdd(n, Vector256.Create(-Ln2Low), r);
        var p = Vector256.FusedMultiplyAdd(r, Vector256.Create(C7), Vector256.Create(C6));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(C5));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(C4));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(C3));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(C2));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256<float>.One);
        p = Vector256.FusedMultiplyAdd(p, r, Vector256<float>.One);
        var power = Vector256.ShiftLeft(shifted.AsInt32() + Vector256.Create(ExponentBias), MantissaBits).AsSingle();
        return Vector256.GreaterThan(x, Vector256.Create(Floor)) & (p * power);
    }
}
