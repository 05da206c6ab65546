using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using InferenceServer.Evaluation.Reports;
using InferenceServer.Evaluation.Statistics;
using InferenceServer.Experiments.Statistics;
using InferenceServer.Plugins;
using Interval = InferenceServer.Trainer.Statistics.Interval;

namespace InferenceServer.Evaluation.Claims;

/// <summary>What looking at any time costs: exposures until a lift is called with a given power, beside the test that may look once, at a size chosen before.</summary>
[Plugin("sample_size", "Exposures until a lift is called, when one may look at any time and when one may look once.", Paper = "arXiv:1512.04922")]
public sealed class SampleSizeClaim : IClaim<SampleSizeClaimOptions>
{
    private const double Alpha = 0.05;

    public bool NeedsModel => false;

    public long Completions(SampleSizeClaimOptions options) => 0;

    public Task<ClaimReport> RunAsync(SampleSizeClaimOptions options, Laboratory laboratory, CancellationToken cancellationToken)
    {
        var report = new ClaimReport("Sample size");
        report.Text.Add(FormattableString.Invariant($"{options.Runs:n0} simulated experiments a row: two equal arms, a lift of {100 * options.Lift:0.#} points, alpha 5 %, power {100 * options.Power:0.#} %; exposures of both arms together. The formulas are those of the power calculator; the rest is simulated with a look after every observation, and intervals tuned to twice the fixed test's size."));
        var rows = new List<IReadOnlyList<string>>();
        foreach (double baseline in options.Baselines)
        {
            cancellationToken.ThrowIfCancellationRequested();
            SampleSize size = SampleSize.OfProportion(baseline, options.Lift, Alpha, options.Power);
            PeekingSimulation simulation = new()
            {
                Control = random => random.NextDouble() < baseline ? 1 : 0,
                Arm = random => random.NextDouble() < baseline + options.Lift ? 1 : 0,
                Effect = options.Lift,
                Observations = (int)size.Sequential,
                Horizon = 2 * size.FixedHorizon,
                Alpha = Alpha,
            };
            PeekingResult result = simulation.Run(options.Runs, options.Seed);
            PeekingResult fixedSize = (simulation with { Observations = (int)size.FixedHorizon }).Run(options.Runs, options.Seed + 1);
            Interval power = Share(result.Called, options.Runs), once = Share(fixedSize.Once, options.Runs);
            string at = Count(result.Quantile(options.Power)), half = Count(result.Quantile(0.5));
            rows.Add([Figures.Percent(baseline), Count((int)size.FixedHorizon), Figures.Percent(once), Count((int)size.Sequential), Figures.Percent(power), at, half, Figures.Percent(Share(result.Missed, options.Runs))]);
            string key = FormattableString.Invariant($"{100 * baseline:0.#} %");
            report.Measures[$"power at the sequential formula's size, {key}"] = power;
            report.Measures[$"power of the fixed test, {key}"] = once;
            report.Measures[$"exposures at the power asked for, {key}"] = new(result.Quantile(options.Power) ?? double.NaN, double.NaN, double.NaN);
            report.Headlines.Add(new("always-valid intervals", "one look, at the end", FormattableString.Invariant($"exposures for {100 * options.Lift:0.#} points from {key} at {100 * options.Power:0.#} % power"), at, Count((int)size.FixedHorizon),
                result.Quantile(options.Power) is { } n ? FormattableString.Invariant($"{n / (double)size.FixedHorizon:f2} times; half of the experiments end by {half}") : ""));
        }
        report.Tables.Add(new("Exposures", ["baseline", "one look: size", "its power", "any look: size by formula", "power by then", "size at the power asked for", "half are called by", "interval ever missed the truth"], rows));
        return Task.FromResult(report);
    }

    private static Interval Share(double share, int runs) => Wilson.Proportion((int)Math.Round(share * runs), runs);

    private static string Count(int? value) => value?.ToString("n0", CultureInfo.InvariantCulture) ?? "more";
}

public sealed record SampleSizeClaimOptions : ClaimOptions
{
    [Description("Simulated experiments of each baseline.")]
    [Range(1, 1_000_000)]
    public int Runs { get; init; } = 2000;

    [Description("Proportions of the first arm.")]
    public IReadOnlyList<double> Baselines { get; init; } = [0.2, 0.35, 0.5];

    [Description("Difference to be found.")]
    [Range(0.001, 0.5)]
    public double Lift { get; init; } = 0.05;

    [Description("Probability of finding it.")]
    [Range(0.01, 0.99)]
    public double Power { get; init; } = 0.8;

    [Description("Of the simulation.")]
    [Range(0, int.MaxValue)]
    public int Seed { get; init; } = 1;
}
