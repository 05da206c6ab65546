namespace InferenceServer.Kernels.Tests;

public class PhiloxTests
{
    /// <summary>The vectors published with the paper's own implementation (Random123, kat_vectors, philox4x32 with 10 rounds).</summary>
    [Theory]
    [InlineData(0u, 0u, 0u, 0u, 0u, 0u, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [InlineData(~0u, ~0u, ~0u, ~0u, ~0u, ~0u, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [InlineData(0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0xa4093822u, 0x299f31d0u, 0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u)]
    public void Block_PublishedVectors_Match(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1, uint r0, uint r1, uint r2, uint r3) =>
        Assert.Equal((r0, r1, r2, r3), Philox.Block((c0, c1, c2, c3), (k0, k1)));

    [Fact]
    public void Uniform_SameKeyAndPosition_IsTheSameNumber()
    {
        Assert.Equal(Philox.Uniform(42, 7), Philox.Uniform(42, 7));
        Assert.NotEqual(Philox.Uniform(42, 7), Philox.Uniform(42, 8));
        Assert.NotEqual(Philox.Uniform(42, 7), Philox.Uniform(43, 7));
        Assert.NotEqual(Philox.Uniform(42, 1), Philox.Uniform(42, 1L << 32 | 1));
    }

    [Fact]
    public void Uniform_ManyPositions_FillsTheUnitIntervalEvenly()
    {
        const int draws = 100_000, cells = 100;
        var counts = new int[cells];
        for (int i = 0; i < draws; i++)
        {
            double u = Philox.Uniform(2024, i);
            Assert.InRange(u, 0, 1 - double.Epsilon);
            counts[(int)(u * cells)]++;
        }
        double chiSquare = counts.Sum(c => Math.Pow(c - draws / cells, 2) / (draws / cells));
        Assert.InRange(chiSquare, 60, 150);        // 99 degrees of freedom: both tails below 0.1 %
    }
}
