namespace InferenceServer.Trainer.Statistics;

/// <summary>An estimate with its 95 % confidence interval.</summary>
public readonly record struct Interval(double Low, double Estimate, double High);
