namespace InferenceServer.Kernels;

/// <summary>An implementation of every kernel, named for the instruction set it is written with.</summary>
public enum KernelVariant
{
    /// <summary>Plain C#, the reference that the others must equal bit for bit.</summary>
    Scalar,

    /// <summary>256-bit vectors with fused multiply-add.</summary>
    Avx2,

    /// <summary>512-bit vectors.</summary>
    Avx512,
}
