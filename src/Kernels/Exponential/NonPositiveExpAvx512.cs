using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static InferenceServer.Kernels.NonPositiveExp;

namespace InferenceServer.Kernels;

internal static class NonPositiveExpAvx512
{
    /// <remarks>A comparison and a selection, for NaN must come out as the floor.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Clamp(Vector512<float> x)
    {
        var floor = Vector512.Create(Floor);
        return Vector512.ConditionalSelect(Vector512.GreaterThan(x, floor), x, floor);
    }

    /// <param name="x">Clamped.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x)
    {
        var rounder = Vector512.Create(Rounder);
        var shifted = Vector512.FusedMultiplyAdd(x, Vector512.Create(Log2E), rounder);
        var n = shifted - rounder;
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2High), x);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2Low), r);
        var p = Vector512.FusedMultiplyAdd(r, Vector512.Create(C7), Vector512.Create(C6));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(C5));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(C4));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(C3));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(C2));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512<float>.One);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512<float>.One);
        var power = Vector512.ShiftLeft(shifted.AsInt32() + Vector512.Create(ExponentBias), MantissaBits).AsSingle();
        return Vector512.GreaterThan(x, Vector512.Create(Floor)) & (p * power);
    }
}
