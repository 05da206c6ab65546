using InferenceServer.Evaluation.Pools;
using InferenceServer.Evaluation.Reports;
using InferenceServer.Strategies;
using InferenceServer.Trainer.Figures;
using InferenceServer.Trainer.Statistics;

namespace InferenceServer.Evaluation.Claims;

/// <summary>Settings of early rejection with one scorer and one final choice, replayed on a pool, with their controls.</summary>
internal sealed class RejectionSweep(string name, PoolScore score, string final, FlopEstimate model, FlopEstimate? scorer, EarlyRejectionClaimOptions options)
{
    private const int RandomDraws = 8;

    private readonly RejectionReplay _replay = new(model, scorer);
    private readonly PoolSelector _choice = final == "vote" ? PoolSelector.Vote : PoolSelector.Best(score);
    private readonly Dictionary<(object, RejectionSetting, bool), Point> _points = [];
    private readonly Dictionary<(object, int), Point> _full = [];

    /// <summary>Accuracy and operations by problem.</summary>
    private sealed record Point(double[] Accuracy, double[] Flops)
    {
        public double MeanAccuracy => Accuracy.Average();
        public double MeanFlops => Flops.Average();
    }

    public string Name => $"{name}, {final}";
    public string Final => final;
    public PoolScore Score => score;

    private IEnumerable<RejectionSetting> Settings =>
        from schedule in (RejectionSchedule[])[RejectionSchedule.Once, RejectionSchedule.Halving]
        from tau in options.Taus
        from keep in options.Keeps
        where keep < options.N
        select new RejectionSetting(schedule, tau, keep);

    /// <summary>The cheapest setting whose accuracy is close enough to full best-of-N's; the most accurate when none is.</summary>
    public RejectionSetting Choose(PooledProblem[] validation)
    {
        double enough = Full(validation, options.N).MeanAccuracy - options.Margin - 1e-9;
        RejectionSetting[] close = [.. Settings.Where(setting => At(validation, setting).MeanAccuracy >= enough)];
        return close.Length > 0 ? close.MinBy(setting => At(validation, setting).MeanFlops) : Settings.MaxBy(setting => At(validation, setting).MeanAccuracy);
    }

    /// <summary>The row of a setting against full best-of-N, random rejection and best-of-N of equal operations.</summary>
    public IReadOnlyList<string> Compare(PooledProblem[] pool, RejectionSetting setting, ClaimReport report)
    {
        Point point = At(pool, setting), full = Full(pool, options.N), random = At(pool, setting, isRandom: true);
        Interval difference = Paired.Difference(point.Accuracy, full.Accuracy), share = Paired.Share(point.Flops, full.Flops);
        Interval aboveRandom = Paired.Difference(point.Accuracy, random.Accuracy), aboveEqual = Paired.Difference(point.Accuracy, EqualFlops(pool, point.MeanFlops));
        report.Measures[$"{Name}, accuracy"] = Bootstrap.Mean(point.Accuracy);
        report.Measures[$"{Name}, difference from full"] = difference;
        report.Measures[$"{Name}, share of operations"] = share;
        report.Measures[$"{Name}, above random"] = aboveRandom;
        report.Measures[$"{Name}, above best-of-N of equal operations"] = aboveEqual;
        report.Headlines.Add(new($"early rejection, {Name}, replayed", $"full best-of-{options.N}", "accuracy, and share of the operations", $"{Figures.Percent(Bootstrap.Mean(point.Accuracy))}, {Figures.Percent(share)}", Figures.Percent(Bootstrap.Mean(full.Accuracy)), Figures.Points(difference)));
        return
        [
            name, final, Describe(setting), Figures.Percent(Bootstrap.Mean(point.Accuracy)), Figures.Percent(Bootstrap.Mean(full.Accuracy)), Figures.Points(difference), Figures.Percent(share),
            Figures.Points(aboveRandom), Figures.Points(aboveEqual),
        ];
    }

    /// <summary>Every setting: accuracy, share of operations, and what random rejection reaches.</summary>
    public ClaimTable Grid(PooledProblem[] pool)
    {
        double full = Full(pool, options.N).MeanFlops;
        var rows = options.Keeps.Append(options.N).Prepend(1).Distinct().Where(n => n <= options.N).Order().Select(n => (IReadOnlyList<string>)
            [FormattableString.Invariant($"full best-of-{n}"), Figures.Percent(Bootstrap.Mean(Full(pool, n).Accuracy)), Figures.Percent(Full(pool, n).MeanFlops / full), ""]).ToList();
        rows.AddRange(Settings.Select(setting => (IReadOnlyList<string>)
        [
            Describe(setting), Figures.Percent(Bootstrap.Mean(At(pool, setting).Accuracy)), Figures.Percent(At(pool, setting).MeanFlops / full),
            Figures.Points(Paired.Difference(At(pool, setting).Accuracy, At(pool, setting, isRandom: true).Accuracy)),
        ]));
        return new($"All settings: {Name}", ["setting", "accuracy", "share of operations", "above random rejection"], rows);
    }

    /// <summary>Accuracy over operations: both schedules at the chosen tau, random rejection, and full best-of-N.</summary>
    public ClaimFigure Draw(PooledProblem[] pool, RejectionSetting chosen)
    {
        double full = Full(pool, options.N).MeanFlops;
        int[] keeps = [.. options.Keeps.Where(keep => keep < options.N).Order()];
        ChartLine Line(string label, IEnumerable<Point> points, bool dashed) => new(
            label, [.. points.Select(p => (p.MeanFlops / full, p.MeanAccuracy))], [.. points.Select(p => Bootstrap.Mean(p.Accuracy)).Select(i => (i.Low, i.High))], dashed, Marked: true);
        Point[] every = [.. Enumerable.Range(0, 9).Select(i => 1 << i).Where(n => n < options.N).Append(options.N).Select(n => Full(pool, n))];
        Point[] Kept(RejectionSchedule schedule, bool isRandom) => [.. keeps.Select(keep => At(pool, chosen with { Schedule = schedule, Keep = keep }, isRandom)).OrderBy(p => p.MeanFlops)];
        ChartLine[] lines =
        [
            Line("full best-of-N", every, dashed: true), Line("one rejection", Kept(RejectionSchedule.Once, false), false), Line("repeated halving", Kept(RejectionSchedule.Halving, false), false),
            Line("random rejection", Kept(chosen.Schedule, true), dashed: true),
        ];
        string file = $"early-rejection-{name.Replace(' ', '-')}-{final}.svg";
        return new(file, $"Accuracy over operations, {Name}, tau = {chosen.Tau}; points of a line keep {string.Join(", ", keeps)}.", new LineChart(
            $"Early rejection by the {name}, final choice by {final}", ChartAxis.Percent($"operations, share of full best-of-{options.N}"), SamplingClaim.Axis(lines.Select(line => line.Points.Select(p => p.Y)).SelectMany(ys => ys).Select(y => (double[])[y])), lines).ToString());
    }

    public static string Describe(RejectionSetting setting) =>
        FormattableString.Invariant($"{setting.Schedule.ToString().ToLowerInvariant()}, tau {(setting.Tau == 0 ? "= end of step 1" : $"= {setting.Tau}")}, keep {setting.Keep}");

    private Point At(PooledProblem[] pool, RejectionSetting setting, bool isRandom = false)
    {
        if (_points.TryGetValue((pool, setting, isRandom), out Point? known))
            return known;
        int draws = isRandom ? RandomDraws : 1;
        var random = new Random(1);
        var accuracy = new double[pool.Length];
        var flops = new double[pool.Length];
        for (int i = 0; i < pool.Length; i++)
        {
            int[][] blocks = [.. PoolSelector.Blocks(pool[i].Samples.Count, options.N)];
            foreach (int[] block in blocks)
            {
                for (int draw = 0; draw < draws; draw++)
                {
                    RejectionOutcome outcome = _replay.Run(pool[i], block, setting, isRandom ? (_, _) => random.NextDouble() : score.Part);
                    accuracy[i] += Right(pool[i], outcome.Finished) / (blocks.Length * draws);
                    flops[i] += outcome.Flops / (blocks.Length * draws);
                }
            }
        }
        return _points[(pool, setting, isRandom)] = new(accuracy, flops);
    }

    private Point Full(PooledProblem[] pool, int n)
    {
        if (_full.TryGetValue((pool, n), out Point? known))
            return known;
        var all = pool.Select(problem =>
        {
            int[][] blocks = [.. PoolSelector.Blocks(problem.Samples.Count, n)];
            return (Accuracy: blocks.Average(block => Right(problem, block)), Flops: blocks.Average(block => _replay.Full(problem, block).Flops));
        }).ToArray();
        return _full[(pool, n)] = new([.. all.Select(p => p.Accuracy)], [.. all.Select(p => p.Flops)]);
    }

    private double Right(PooledProblem problem, IReadOnlyList<int> finished) => _choice.Choose(problem, finished).Average(i => problem.Samples[i].IsRight ? 1.0 : 0.0);

    /// <summary>Full best-of-N's accuracy by problem at these mean operations, between the two nearest N.</summary>
    private double[] EqualFlops(PooledProblem[] pool, double flops)
    {
        Point[] points = [.. Enumerable.Range(1, options.N).Where(n => int.IsPow2(n) || n == options.N).Select(n => Full(pool, n))];
        int above = Array.FindIndex(points, p => p.MeanFlops >= flops);
        if (above <= 0)
            return (above < 0 ? points[^1] : points[0]).Accuracy;
        double weight = (flops - points[above - 1].MeanFlops) / (points[above].MeanFlops - points[above - 1].MeanFlops);
        return [.. points[above - 1].Accuracy.Zip(points[above].Accuracy, (a, b) => a + weight * (b - a))];
    }
}
