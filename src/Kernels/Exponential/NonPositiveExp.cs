namespace InferenceServer.Kernels;

/// <summary>
/// e^x for x in [-87, 0] in single precision, the only range that a softmax needs once the maximum is subtracted. With n = round(x / ln 2) and
/// r = x - n ln 2, e^x = 2^n e^r; |r| is at most 0.347, where eight terms of the Taylor series leave a relative error of 6e-9, a tenth of a float's last bit.
/// The library's vector exponential goes through double precision, which halves the lanes.
/// </summary>
/// <remarks>Below -87 the result would leave the normal floats; a logit that far under the maximum counts as impossible, as do -infinity and NaN.</remarks>
internal static class NonPositiveExp
{
    /// <summary>Arguments are clamped here, and at it the result is 0.</summary>
    public const float Floor = -87f;

    public const float Log2E = 1.44269504f;

    /// <summary>ln 2 in two parts; the first has so few bits that n times it is exact.</summary>
    public const float Ln2High = 0.693359375f, Ln2Low = -2.12194440e-4f;

    /// <summary>Adding 1.5 * 2^23 leaves the nearest integer in the low bits of a float: rounding and conversion in one addition.</summary>
    public const float Rounder = 12582912f;

    /// <summary>What a float's exponent field holds for 2^0, and where the field begins.</summary>
    public const int ExponentBias = 127, MantissaBits = 23;

    public const float C2 = 1f / 2, C3 = 1f / 6, C4 = 1f / 24, C5 = 1f / 120, C6 = 1f / 720, C7 = 1f / 5040;
}
