using System.Globalization;

namespace InferenceServer.Strategies.Handbooks;

/// <summary>When an entry is no longer worth its tokens.</summary>
public static class Retirement
{
    /// <summary>Showings without a single citation after which an entry is dead.</summary>
    public const int UnusedAfter = 500;

    /// <summary>Judged trials that each group needs before a lift below zero counts: intervals are looked at again and again, so few trials would retire by chance.</summary>
    public const int MinTrials = 100;

    /// <summary>Why it should be retired; null when it should not.</summary>
    public static string? Reason(BehaviourCounters counters)
    {
        if (counters is { ShownJudged: >= MinTrials, WithheldJudged: >= MinTrials, Lift: { Upper: < 0 } lift })
            return string.Create(CultureInfo.InvariantCulture,
                $"answers are right less often with it: lift {lift.Difference:+0.000;-0.000}, 95 % interval {lift.Lower:+0.000;-0.000} to {lift.Upper:+0.000;-0.000}");
        return counters is { Shown: >= UnusedAfter, Cited: 0 } ? $"shown {counters.Shown} times and never used" : null;
    }
}
