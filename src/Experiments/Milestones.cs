namespace InferenceServer.Experiments;

/// <summary>Numbers of exposures at which something is looked at: often while they are few, then ever more seldom, so that all looks together cost a small multiple of the last.</summary>
public static class Milestones
{
    public const int First = 10;

    /// <summary>Whether a number is one: each is a growth more than the one before, rounded up.</summary>
    /// <param name="growth">Above 1.</param>
    public static bool Is(long number, double growth)
    {
        long milestone = First;
        while (milestone < number)
            milestone = Next(milestone, growth);
        return milestone == number;
    }

    public static long Next(long milestone, double growth) => Math.Max(milestone + 1, (long)Math.Ceiling(milestone * growth));
}
