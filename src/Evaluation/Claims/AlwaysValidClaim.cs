using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using InferenceServer.Evaluation.Reports;
using InferenceServer.Evaluation.Statistics;
using InferenceServer.Experiments.Statistics;
using InferenceServer.Plugins;
using MathNet.Numerics.Distributions;
using Interval = InferenceServer.Trainer.Statistics.Interval;

namespace InferenceServer.Evaluation.Claims;

/// <summary>A/A experiments, both arms the same, with a look after every observation from the first: how many are called different all the same.</summary>
[Plugin("always_valid", "Experiments without a difference that are called different when one looks after every observation.", Paper = "arXiv:1512.04922, arXiv:2103.06476")]
public sealed class AlwaysValidClaim : IClaim<AlwaysValidClaimOptions>
{
    public bool NeedsModel => false;

    public long Completions(AlwaysValidClaimOptions options) => 0;

    public Task<ClaimReport> RunAsync(AlwaysValidClaimOptions options, Laboratory laboratory, CancellationToken cancellationToken)
    {
        static Func<Random, double> Proportion(double p) => random => random.NextDouble() < p ? 1 : 0;
        (string Name, MetricKind Kind, Func<Random, double> Draw, double Share)[] cases =
        [
            ("right in 50 %", MetricKind.Proportion, Proportion(0.5), 0.5),
            ("right in 35 %", MetricKind.Proportion, Proportion(0.35), 0.5),
            ("right in 2 %", MetricKind.Proportion, Proportion(0.02), 0.5),
            ("right in 50 %, a tenth of the units in the arm", MetricKind.Proportion, Proportion(0.5), 0.1),
            ("normal values", MetricKind.Mean, random => Normal.Sample(random, 0, 1), 0.5),
            ("exponential values", MetricKind.Mean, random => -Math.Log(1 - random.NextDouble()), 0.5),
        ];
        var report = new ClaimReport("Looking at any time");
        report.Text.Add(FormattableString.Invariant($"{options.Runs:n0} simulated experiments of {options.Observations:n0} observations a row, two equal arms, alpha 5 %, intervals tuned to {options.Horizon:n0} observations. The z-test is that of two means; it looks from {EffectEstimate.Burn} values of each arm, so it has fewer chances to be wrong."));
        var rows = new List<IReadOnlyList<string>>();
        foreach (var (name, kind, draw, share) in cases)
        {
            cancellationToken.ThrowIfCancellationRequested();
            PeekingResult result = new PeekingSimulation
            {
                Control = draw,
                Arm = draw,
                Kind = kind,
                Share = share,
                Observations = options.Observations,
                Horizon = options.Horizon,
            }.Run(options.Runs, options.Seed);
            Interval Of(double called) => Wilson.Proportion((int)Math.Round(called * options.Runs), options.Runs);
            (Interval always, Interval naive, Interval once) = (Of(result.Called), Of(result.Naive), Of(result.Once));
            rows.Add([name, Figures.Percent(always), Figures.Percent(naive), Figures.Percent(once)]);
            report.Measures[$"always valid, {name}"] = always;
            report.Measures[$"z-test, {name}"] = naive;
            if (rows.Count == 1)
                report.Headlines.Add(new("always-valid intervals", "z-test", "A/A experiments called different, a look after every observation", Figures.Percent(always), Figures.Percent(naive), ""));
        }
        report.Tables.Add(new("Called different, though nothing differs", ["values", "always valid, every look", "z-test, every look", "z-test, one look at the end"], rows));
        return Task.FromResult(report);
    }
}

public sealed record AlwaysValidClaimOptions : ClaimOptions
{
    [Description("Simulated experiments of each kind.")]
    [Range(1, 1_000_000)]
    public int Runs { get; init; } = 2000;

    [Description("Observations of each, both arms together.")]
    [Range(1, 1_000_000)]
    public int Observations { get; init; } = 3000;

    [Description("Observations that the intervals are tuned to.")]
    [Range(1, 1_000_000)]
    public int Horizon { get; init; } = 5000;

    [Description("Of the simulation.")]
    [Range(0, int.MaxValue)]
    public int Seed { get; init; } = 1;
}
