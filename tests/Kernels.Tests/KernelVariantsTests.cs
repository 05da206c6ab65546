namespace InferenceServer.Kernels.Tests;

public class KernelVariantsTests
{
    [Fact]
    public void Supported_AnyMachine_EndsWithScalar()
    {
        Assert.Equal(KernelVariant.Scalar, KernelVariants.Supported[^1]);
        Assert.Equal(KernelVariants.Supported.Count, KernelVariants.Supported.Distinct().Count());
    }

    [Theory]
    [InlineData(null), InlineData(""), InlineData("  ")]
    public void Select_Unset_IsTheBest(string? forced) => Assert.Equal(KernelVariants.Supported[0], KernelVariants.Select(forced));

    [Theory]
    [InlineData("scalar"), InlineData("SCALAR"), InlineData(" scalar ")]
    public void Select_Scalar_IsScalarOnAnyMachine(string forced) => Assert.Equal(KernelVariant.Scalar, KernelVariants.Select(forced));

    [Fact]
    public void Select_UnknownName_SaysWhatIsSupported()
    {
        var e = Assert.Throws<NotSupportedException>(() => KernelVariants.Select("neon"));
        Assert.Contains("ITC_KERNELS=neon", e.Message, StringComparison.Ordinal);
        Assert.Contains("no such kernel variant", e.Message, StringComparison.Ordinal);
        Assert.Contains("scalar", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("avx2", KernelVariant.Avx2), InlineData("avx512", KernelVariant.Avx512)]
    public void Select_InstructionSet_IsThatVariantOrAClearRefusal(string forced, KernelVariant variant)
    {
        if (KernelVariants.Supported.Contains(variant))
            Assert.Equal(variant, KernelVariants.Select(forced));
        else
            Assert.Contains("lacks these instructions", Assert.Throws<NotSupportedException>(() => KernelVariants.Select(forced)).Message, StringComparison.Ordinal);
    }
}
