namespace InferenceServer.Kernels;

/// <summary>When a set of the heaviest tokens is large enough: by number (top-k) or by mass (top-p).</summary>
internal interface ICutCriterion
{
    /// <summary>Whether the set is large enough.</summary>
    bool IsReached(int count, double mass);

    /// <summary>How many tokens of one weight must join a set that is not large enough yet.</summary>
    int Missing(int count, double mass, float weight);
}

/// <summary>
/// Finds the greatest threshold whose upper set satisfies a criterion, without sorting. Positive floats order like their bits, so the search halves an
/// interval of bit patterns: about a factor of two in weight, then fractions of it. Every probe is one pass that counts and sums; as soon as a quarter of the
/// weights is left inside the interval those are gathered, and the remaining probes, most of them, run over ever fewer. A flat row of V weights costs about
/// six passes over V, a peaked one two or three.
/// </summary>
internal static class ThresholdSearch
{
    private const int Octave = 1 << NonPositiveExp.MantissaBits;

    /// <summary>Fewer weights than this are not worth gathering.</summary>
    private const int Few = 2 * Lanes.Width;

    /// <param name="weights">From 0 to 1, the greatest of them 1.</param>
    /// <param name="floor">A threshold whose upper set surely satisfies the criterion.</param>
    /// <param name="scratch">As long as the weights and <see cref="Lanes.Width"/> longer.</param>
    public static Cut Find<TCriterion>(ReadOnlySpan<float> weights, TCriterion criterion, float floor, Span<float> scratch, KernelVariant variant)
        where TCriterion : struct, ICutCriterion
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(scratch.Length, weights.Length + Lanes.Width);
        int bottom = BitConverter.SingleToInt32Bits(floor);
        int low = bottom, high = BitConverter.SingleToInt32Bits(1f) + 1;      // the upper set of low suffices, that of high does not
        int countLow = weights.Length, countHigh = 0;
        double massHigh = 0;

        var inside = weights;                                                  // holds every weight of [low, high)
        int gatheredCount = 0;                                                 // those of the row above it
        double gatheredMass = 0;
        int step = Octave / 2;                                                 // thresholds are near the top as a rule: walk down in doubling steps first
        while (high - low > 1)
        {
            int probe = step > 0 && step < high - low ? high - step : low + (high - low) / 2;
            var (count, mass) = UpperSet.Of(inside, BitConverter.Int32BitsToSingle(probe), variant);
            count += gatheredCount;
            if (criterion.IsReached(count, gatheredMass + mass))
            {
                (low, countLow) = (probe, count);
                step = 0;
            }
            else
            {
                (high, countHigh, massHigh) = (probe, count, gatheredMass + mass);
                step *= 2;
            }
            if (countLow == countHigh)
                break;
            if (inside.Length >= Few && 4 * (countLow - countHigh) <= inside.Length)
            {
                int kept = Between.Gather(inside, BitConverter.Int32BitsToSingle(low), BitConverter.Int32BitsToSingle(high), scratch, variant);
                inside = scratch[..kept];
                (gatheredCount, gatheredMass) = (countHigh, massHigh);
            }
        }

        float threshold = BitConverter.Int32BitsToSingle(low);
        if (low == bottom)
            return new Cut(threshold, int.MaxValue);
        int ties = Math.Max(1, criterion.Missing(countHigh, massHigh, threshold));
        return new Cut(threshold, ties >= countLow - countHigh ? int.MaxValue : ties);
    }
}
