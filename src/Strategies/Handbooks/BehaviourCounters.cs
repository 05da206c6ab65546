namespace InferenceServer.Strategies.Handbooks;

/// <summary>What came of one version of an entry. Only trials whose answer could be judged count towards the lift.</summary>
/// <param name="Shown">Times it stood in a prompt.</param>
/// <param name="ShownJudged">Of those, with a verdict.</param>
/// <param name="ShownRight">Of those, right.</param>
/// <param name="WithheldJudged">Times it was retrieved and left out, with a verdict.</param>
/// <param name="WithheldRight">Of those, right.</param>
/// <param name="Cited">Times an answer named it.</param>
/// <param name="CitedRight">Of those, right.</param>
public sealed record BehaviourCounters(long Shown, long ShownJudged, long ShownRight, long WithheldJudged, long WithheldRight, long Cited, long CitedRight)
{
    public static BehaviourCounters None { get; } = new(0, 0, 0, 0, 0, 0, 0);

    /// <summary>How much more often the answer is right with it than without; null before both groups have a trial.</summary>
    public Lift? Lift => ShownJudged > 0 && WithheldJudged > 0 ? Lift.Between(ShownRight, ShownJudged, WithheldRight, WithheldJudged) : null;
}

/// <summary>A difference of two shares with its 95 % interval.</summary>
public sealed record Lift(double Difference, double Lower, double Upper)
{
    private const double Z = 1.959963984540054;

    /// <summary>
    /// Newcombe's interval for independent proportions, from the Wilson limits of each (Statistics in Medicine 17, 873-890, 1998, method 10): it stays within -1 and 1 and
    /// is sound for small groups and shares near 0 or 1, where the textbook interval is not.
    /// </summary>
    public static Lift Between(long shownRight, long shown, long withheldRight, long withheld)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(shown, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(withheld, 1);
        double p1 = (double)shownRight / shown, p2 = (double)withheldRight / withheld;
        (double l1, double u1) = Wilson(p1, shown);
        (double l2, double u2) = Wilson(p2, withheld);
        double difference = p1 - p2;
        return new(difference, difference - Math.Sqrt((p1 - l1) * (p1 - l1) + (u2 - p2) * (u2 - p2)), difference + Math.Sqrt((u1 - p1) * (u1 - p1) + (p2 - l2) * (p2 - l2)));
    }

    private static (double Lower, double Upper) Wilson(double share, long n)
    {
        double middle = (share + Z * Z / (2 * n)) / (1 + Z * Z / n);
        double half = Z / (1 + Z * Z / n) * Math.Sqrt(share * (1 - share) / n + Z * Z / (4.0 * n * n));
        return (middle - half, middle + half);
    }
}
