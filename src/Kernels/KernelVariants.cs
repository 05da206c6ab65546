using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace InferenceServer.Kernels;

/// <summary>
/// The variants that this machine supports, best first, and the one in use. All of them give the same bits: sums run in <see cref="Lanes.Width"/> lanes and
/// are folded in one fixed order, and the exponential is the same polynomial. So equal logits and an equal seed give the same token on every machine.
/// </summary>
public static class KernelVariants
{
    /// <summary>Forces a variant: scalar, avx2 or avx512.</summary>
    public const string EnvironmentVariable = "ITC_KERNELS";

    private static readonly (KernelVariant Variant, string Name, bool IsSupported)[] Table =
    [
        // IsHardwareAccelerated is also false on chips that slow down under 512-bit vectors.
        (KernelVariant.Avx512, "avx512", Vector512.IsHardwareAccelerated && Avx512F.IsSupported),
        (KernelVariant.Avx2, "avx2", Avx2.IsSupported && Fma.IsSupported),
        (KernelVariant.Scalar, "scalar", true),
    ];

    // Read once and readonly, so that the JIT compiles the choice away.
    private static readonly (KernelVariant Variant, string? Problem) Choice = Choose(Environment.GetEnvironmentVariable(EnvironmentVariable));

    /// <summary>What this machine can run, best first.</summary>
    public static IReadOnlyList<KernelVariant> Supported { get; } = [.. Table.Where(row => row.IsSupported).Select(row => row.Variant)];

    /// <summary>The variant in use: the best one, or what the environment variable names.</summary>
    /// <exception cref="NotSupportedException">The environment variable names an unknown variant, or one that this machine lacks.</exception>
    public static KernelVariant Selected => Choice.Problem is null ? Choice.Variant : throw new NotSupportedException(Choice.Problem);

    /// <summary>The best supported variant, or the one named.</summary>
    /// <param name="forced">A name of the table, in any case; null or empty for the best.</param>
    /// <exception cref="NotSupportedException">Unknown, or not supported here.</exception>
    public static KernelVariant Select(string? forced)
    {
        var (variant, problem) = Choose(forced);
        return problem is null ? variant : throw new NotSupportedException(problem);
    }

    private static (KernelVariant, string? Problem) Choose(string? forced)
    {
        var supported = Table.Where(row => row.IsSupported).ToArray();
        if (string.IsNullOrWhiteSpace(forced))
            return (supported[0].Variant, null);
        string advice = $"Supported here: {string.Join(", ", supported.Select(row => row.Name))}; unset the variable for the best of them.";
        foreach (var (variant, name, isSupported) in Table)
        {
            if (name.Equals(forced.Trim(), StringComparison.OrdinalIgnoreCase))
                return (variant, isSupported ? null : $"{EnvironmentVariable}={forced}: this processor, or the .NET runtime's settings, lacks these instructions. {advice}");
        }
        return (default, $"{EnvironmentVariable}={forced}: there is no such kernel variant. {advice}");
    }
}
