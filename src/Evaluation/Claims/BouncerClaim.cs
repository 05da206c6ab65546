using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using InferenceServer.Evaluation.Pools;
using InferenceServer.Evaluation.Reports;
using InferenceServer.Plugins;
using InferenceServer.Strategies.Answers;
using InferenceServer.Strategies.Calibration;
using InferenceServer.Trainer.Figures;
using InferenceServer.Trainer.Statistics;

namespace InferenceServer.Evaluation.Claims;

/// <summary>
/// A gate that withholds unsure answers makes those that are given more often right, on problems of which half have no answer. Confidences are replayed on one pool of samples; thresholds
/// are calibrated on problems of the training split.
/// </summary>
[Plugin("bouncer", "Risk against coverage when unsure answers are withheld, with unanswerable problems in the set.", Paper = "arXiv:2506.17812")]
public sealed class BouncerClaim : IClaim<BouncerClaimOptions>
{
    private const double Coverage = 0.5;

    public long Completions(BouncerClaimOptions options) => options.K * ((long)options.Count + options.Validation);

    public async Task<ClaimReport> RunAsync(BouncerClaimOptions options, Laboratory laboratory, CancellationToken cancellationToken)
    {
        IReadOnlyList<Problem> problems = options.LoadProblems();
        double unanswerable = problems.Average(p => p.HasAnswer ? 0.0 : 1);
        PooledProblem[] pool = await laboratory.PoolAsync(options.Problems ?? "generated", problems, options.K, options.Temperature, cancellationToken);
        PooledProblem[] validation = await laboratory.PoolAsync($"validation, {unanswerable:p0} unanswerable", options.GenerateValidation(unanswerable), options.K, options.Temperature, cancellationToken);
        var report = new ClaimReport("Bouncer");
        report.Text.Add(FormattableString.Invariant($"{problems.Count} problems, {100 * unanswerable:f0} % of them without an answer; confidence from {options.K} samples at temperature {options.Temperature}. An answer \"unknown\" bounces the problem by itself; any answer to a problem that has none is wrong. ")
            + FormattableString.Invariant($"Thresholds have the best trust score (right less wrong answers) on {validation.Length} problems of the training split with as many unanswerable ones."));

        List<Gate> gates = [new("agreement", pool, validation, options.K, Confidence.Agreement)];
        if (pool.All(p => p.Samples.Take(options.K).Any(s => double.IsFinite(PoolScore.ValueHead.Whole(s)))))
            gates.AddRange([new("process_reward", pool, validation, options.K, Confidence.ProcessReward), new("combined", pool, validation, options.K, Confidence.Combined)]);
        Judged[] first = gates[0].HeldOut;
        Interval all = Bootstrap.Mean([.. first.Select(j => j.IsRight ? 1.0 : 0)]);
        double[] given = [.. first.Select(j => j.IsUnknown ? 0.0 : 1)];
        report.Tables.Add(new("Without withholding", ["gate", "coverage", "accuracy of the answers given"],
            [
                ["answer everything, the vote's \"unknown\" counted as an answer that is always wrong", Figures.Percent(1.0), Figures.Percent(all)],
                ["the vote's \"unknown\" bounces", Figures.Percent(Bootstrap.Mean(given)), Figures.Percent(Bootstrap.Ratio([.. first.Select(j => (j.IsRight ? 1.0 : 0, j.IsUnknown ? 0.0 : 1))]))],
            ]));
        report.Tables.Add(new($"Withholding unsure answers", ["confidence", "area under the risk-coverage curve", $"accuracy at {100 * Coverage:f0} % coverage", "threshold", "coverage there", "accuracy there", "unanswerable bounced", "answerable bounced", "macro F1"],
            [.. gates.Select(gate => gate.Row(report))]));
        Gate best = gates[^1];
        Interval at = best.AccuracyAt(Coverage);
        report.Headlines.Add(new($"bouncer, {best.Name}", "answer everything", $"accuracy at {100 * Coverage:f0} % coverage", Figures.Percent(at), Figures.Percent(all), ""));
        report.Figures.Add(new("bouncer.svg", "Share of wrong answers among those given, over the share of problems answered; unanswerable problems included.", new LineChart(
            "Risk and coverage", ChartAxis.Percent("coverage"), ChartAxis.Percent("wrong among the answers given"),
            [.. gates.Select(gate => new ChartLine(gate.Name, [.. gate.Curve.Points.Where(p => p.Threshold >= 0).Select(p => (p.Coverage, p.Risk))], Marked: gate.Name == "agreement"))]).ToString()));
        return report;
    }

    /// <summary>One problem's answer, whether it is a plain "unknown", whether it is right to give, and how sure it is.</summary>
    private sealed record Judged(bool HasAnswer, bool IsUnknown, bool IsRight, double Confidence)
    {
        /// <summary>What bounces by itself is given last.</summary>
        public double Rank => IsUnknown ? -1 : Confidence;
    }

    private sealed class Gate(string name, PooledProblem[] pool, PooledProblem[] validation, int k, Func<PooledProblem, int, (int Best, double Confidence)> confidence)
    {
        public string Name => name;
        public Judged[] HeldOut { get; } = Judge(pool, k, confidence);
        public RiskCoverage Curve { get; } = RiskCoverage.Of(Answers(Judge(pool, k, confidence)));

        public IReadOnlyList<string> Row(ClaimReport report)
        {
            double threshold = ForTrust(Answers(Judge(validation, k, confidence)));
            Interval at = AccuracyAt(Coverage);
            report.Measures[$"{name}, accuracy at half coverage"] = at;
            Judged[] given = [.. HeldOut.Where(j => j.Rank >= threshold)];
            Interval coverage = Bootstrap.Mean([.. HeldOut.Select(j => j.Rank >= threshold ? 1.0 : 0)]);
            Interval accuracy = given.Length == 0 ? new(double.NaN, double.NaN, double.NaN) : Bootstrap.Ratio([.. HeldOut.Select(j => (j.Rank >= threshold && j.IsRight ? 1.0 : 0, j.Rank >= threshold ? 1.0 : 0))]);
            Interval recall = Share(j => !j.HasAnswer, threshold), alarms = Share(j => j.HasAnswer, threshold);
            GateQuality quality = BouncerScores.Quality(HeldOut.Select(j => (!j.HasAnswer, j.Rank < threshold)));
            report.Measures[$"{name}, unanswerable bounced"] = recall;
            report.Measures[$"{name}, answerable bounced"] = alarms;
            report.Measures[$"{name}, coverage at the threshold"] = coverage;
            report.Measures[$"{name}, accuracy at the threshold"] = accuracy;
            return [name, Figures.Number(Curve.Area), Figures.Percent(at), Figures.Number(threshold), Figures.Percent(coverage), Figures.Percent(accuracy), Figures.Percent(recall), Figures.Percent(alarms), Figures.Number(quality.MacroF1)];
        }

        private static JudgedAnswer[] Answers(Judged[] judged) => [.. judged.Select(j => new JudgedAnswer(j.Rank, j.IsRight))];

        /// <summary>The threshold of the best trust score, the higher of equals. Below zero is "unknown", which no threshold lets through.</summary>
        private static double ForTrust(JudgedAnswer[] answers) =>
            answers.Select(answer => answer.Confidence).Where(confidence => confidence >= 0).Append(1.0).Distinct().OrderDescending().MaxBy(threshold => BouncerScores.Trust(answers, threshold));

        /// <summary>Accuracy of the surest share of the problems; equal confidences are given in random order, which has an expectation.</summary>
        public Interval AccuracyAt(double coverage)
        {
            const int Resamples = 2000;
            var random = new Random(1);
            double[] drawn = [.. Enumerable.Range(0, Resamples).Select(_ => At([.. HeldOut.Select(_ => HeldOut[random.Next(HeldOut.Length)])], coverage)).Order()];
            return new(drawn[(int)(0.025 * Resamples)], At(HeldOut, coverage), drawn[(int)(0.975 * Resamples) - 1]);
        }

        private static double At(Judged[] of, double coverage)
        {
            double wanted = coverage * of.Length, given = 0, right = 0;
            foreach (var equal in of.GroupBy(j => j.Rank).OrderByDescending(group => group.Key))
            {
                double take = Math.Min(equal.Count(), wanted - given);
                right += take * equal.Average(j => j.IsRight ? 1.0 : 0);
                given += take;
                if (given >= wanted)
                    break;
            }
            return right / wanted;
        }

        private Interval Share(Func<Judged, bool> among, double threshold) => HeldOut.Any(among)
            ? Bootstrap.Mean([.. HeldOut.Where(among).Select(j => j.Rank < threshold ? 1.0 : 0)]) : new(double.NaN, double.NaN, double.NaN);

        private static Judged[] Judge(PooledProblem[] pool, int k, Func<PooledProblem, int, (int Best, double Confidence)> confidence) => [.. pool.Select(problem =>
        {
            var (best, sure) = confidence(problem, k);
            PooledSample answer = problem.Samples[best];
            bool isUnknown = answer.Extracted is { Number: null, Normalized: Trainer.Tasks.WordProblem.Unknown };
            return new Judged(problem.Problem.HasAnswer, isUnknown, !isUnknown && answer.IsRight, double.IsNaN(sure) ? 0 : sure);
        })];
    }

    /// <summary>The bouncer's confidences, read off a pool.</summary>
    private static class Confidence
    {
        public static (int Best, double Confidence) Agreement(PooledProblem problem, int k)
        {
            IReadOnlyList<VoteCluster> clusters = Votes(problem, k);
            return clusters.Count == 0 ? (0, 0) : (clusters[0].First, clusters[0].Votes / (double)k);
        }

        public static (int Best, double Confidence) ProcessReward(PooledProblem problem, int k)
        {
            int best = Enumerable.Range(0, k).MaxBy(i => Reward(problem.Samples[i]));
            return (best, Reward(problem.Samples[best]));
        }

        public static (int Best, double Confidence) Combined(PooledProblem problem, int k)
        {
            IReadOnlyList<VoteCluster> clusters = Votes(problem, k);
            if (clusters.Count == 0)
                return (0, 0);
            double[] rewards = [.. clusters[0].Members.Select(i => PoolScore.ValueHead.Whole(problem.Samples[i])).Where(double.IsFinite)];
            double agreement = clusters[0].Votes / (double)k;
            return (clusters[0].First, rewards.Length == 0 ? agreement : (agreement + rewards.Average()) / 2);
        }

        private static IReadOnlyList<VoteCluster> Votes(PooledProblem problem, int k) => Vote.Count([.. problem.Samples.Take(k).Select(s => s.Extracted)]);

        private static double Reward(PooledSample sample) => PoolScore.ValueHead.Whole(sample) is var reward && double.IsNaN(reward) ? double.NegativeInfinity : reward;
    }
}

public sealed record BouncerClaimOptions : ClaimOptions
{
    [Description("Samples that confidence is measured on.")]
    [Range(2, 16)]
    public int K { get; init; } = 8;
}
