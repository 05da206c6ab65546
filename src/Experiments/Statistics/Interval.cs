namespace InferenceServer.Experiments.Statistics;

/// <summary>An estimate between its limits, in the units of what is estimated.</summary>
public readonly record struct Interval(double Low, double Estimate, double High)
{
    public bool Contains(double value) => Low <= value && value <= High;

    /// <summary>Whether every value of it is within <paramref name="margin"/> of zero.</summary>
    public bool Within(double margin) => Low >= -margin && High <= margin;
}
