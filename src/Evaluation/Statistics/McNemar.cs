using MathNet.Numerics.Distributions;

namespace InferenceServer.Evaluation.Statistics;

/// <summary>
/// McNemar's exact test of two methods on the same problems (McNemar 1947): under the null hypothesis a problem that only one of them solves is a fair
/// coin's toss.
/// </summary>
public static class McNemar
{
    /// <summary>The two-sided p-value; 1 when the methods never differ.</summary>
    /// <param name="onlyFirst">Problems that only the first method solved.</param>
    /// <param name="onlySecond">Problems that only the second method solved.</param>
    public static double ExactP(int onlyFirst, int onlySecond)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(onlyFirst);
        ArgumentOutOfRangeException.ThrowIfNegative(onlySecond);
        int discordant = onlyFirst + onlySecond;
        return discordant == 0 ? 1 : Math.Min(1, 2 * Binomial.CDF(0.5, discordant, Math.Min(onlyFirst, onlySecond)));
    }
}
