using System.Text.Json.Serialization;

namespace InferenceServer.Experiments.Statistics;

/// <summary>What the data say of an arm against the first.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<Verdict>))]
public enum Verdict
{
    /// <summary>The interval holds zero and values that matter.</summary>
    TooEarly,

    /// <summary>Better, whatever the true value in the interval.</summary>
    Leading,

    /// <summary>Worse, whatever the true value in the interval.</summary>
    Trailing,

    /// <summary>The whole interval is inside the margin of practical equivalence.</summary>
    NoDifference,
}

/// <summary>What a metric's values are.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<MetricKind>))]
public enum MetricKind
{
    /// <summary>From 0 to 1: yes or no, or a grade.</summary>
    Proportion,

    /// <summary>Any number: tokens, milliseconds, costs.</summary>
    Mean,
}

/// <summary>Which way a metric should go.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<Better>))]
public enum Better
{
    Higher,
    Lower,
}
