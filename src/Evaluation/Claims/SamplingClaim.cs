using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using InferenceServer.Evaluation.Measuring;
using InferenceServer.Evaluation.Pools;
using InferenceServer.Evaluation.Reports;
using InferenceServer.Plugins;
using InferenceServer.Strategies;
using InferenceServer.Strategies.Answers;
using InferenceServer.Strategies.Scoring;
using InferenceServer.Strategies.Verifying;
using InferenceServer.Trainer.Figures;
using InferenceServer.Trainer.Statistics;

namespace InferenceServer.Evaluation.Claims;

/// <summary>
/// More samples, better answers, and how much depends on the selector: best-of-N and self-consistency over N, replayed on one pool of samples. A problem's samples are cut into as
/// many separate blocks of N as there are, so every N uses all of them.
/// </summary>
[Plugin("sampling", "Best-of-N and self-consistency over the number of samples, selectors side by side.", Paper = "arXiv:2203.11171")]
public sealed class SamplingClaim : IClaim<SamplingClaimOptions>
{
    public long Completions(SamplingClaimOptions options) => options.Count * (options.Samples + 1L) + (long)options.Validation * Math.Min(options.Samples, PoolDrawing.Round);

    public async Task<ClaimReport> RunAsync(SamplingClaimOptions options, Laboratory laboratory, CancellationToken cancellationToken)
    {
        IReadOnlyList<Problem> problems = options.LoadProblems();
        TrialOutcome[] greedy = await laboratory.RunAsync(new Arm("greedy", "[]") { Temperature = 0 }, problems, cancellationToken);
        PooledProblem[] pool = await laboratory.PoolAsync(options.Problems ?? "generated", problems, options.Samples, options.Temperature, cancellationToken);
        int few = Math.Min(options.Samples, PoolDrawing.Round);
        PooledProblem[] validation = await laboratory.PoolAsync("validation", options.GenerateValidation(), few, options.Temperature, cancellationToken);
        (pool, validation) = (await laboratory.JudgeAsync(pool, cancellationToken), await laboratory.JudgeAsync(validation, cancellationToken));
        HashSet<PooledSample> holding = await EquationsHoldAsync([.. pool, .. validation], cancellationToken);
        int[] sizes = [.. Sizes(options.Samples)];
        PoolSelector[] selectors = [.. Selectors(pool, holding)];

        var report = new ClaimReport("Best-of-N and self-consistency");
        double tokens = pool.Average(p => p.Samples.Average(s => (double)s.Length));
        report.Text.Add(FormattableString.Invariant($"{problems.Count} problems, {options.Samples} samples each at temperature {options.Temperature}, {tokens:f0} tokens a sample. Every row chooses among the same samples. ")
            + $"`oracle` is what a perfect verifier would reach; `random` is one sample; separate models' reading is not in the tokens. The selector for the overview was chosen on {validation.Length} problems of the training split. Greedy decoding: {Figures.Percent(Bootstrap.Mean(Paired.Accuracy(greedy, problems)))}.");
        var accuracies = selectors.ToDictionary(selector => selector.Name, selector => sizes.ToDictionary(n => n, n => pool.Select(problem => selector.Accuracy(problem, n)).ToArray()));
        report.Tables.Add(new("Accuracy by selector and number of samples", ["selector", .. sizes.Select(n => $"N = {n}"), $"N = {sizes[^1]} against one sample"],
            [.. selectors.Select(selector => (IReadOnlyList<string>)
            [
                selector.Name, .. sizes.Select(n => n == sizes[^1] ? Figures.Percent(Bootstrap.Mean(accuracies[selector.Name][n])) : Figures.Percent(accuracies[selector.Name][n].Average())),
                Figures.Points(Paired.Difference(accuracies[selector.Name][sizes[^1]], accuracies[PoolSelector.Random.Name][1])),
            ])]));
        foreach (var (name, byN) in accuracies)
            foreach (int n in sizes)
                report.Measures[$"{name}, {n}"] = Bootstrap.Mean(byN[n]);
        Adaptive(options, pool, accuracies[PoolSelector.Vote.Name], sizes, report);
        string[] shown = [.. new[] { PoolSelector.Oracle.Name, PoolSelector.Vote.Name, "vote where equations hold", "process_reward", "reward_model", "likelihood" }.Where(accuracies.ContainsKey).Take(SvgDocument.Colours)];
        report.Figures.Add(new("sampling.svg", "Accuracy over tokens spent; bands are 95 % intervals.", new LineChart(
            "Accuracy against tokens", ChartAxis.PowersOfTwo("tokens a problem, prompt excluded", sizes.Select(n => (int)Math.Round(n * tokens))), Axis(shown.SelectMany(name => accuracies[name].Values)),
            [.. shown.Select(name => new ChartLine(name, [.. sizes.Select(n => (n * tokens, accuracies[name][n].Average()))],
                [.. sizes.Select(n => Bootstrap.Mean(accuracies[name][n])).Select(i => (i.Low, i.High))], Dashed: name == PoolSelector.Oracle.Name, Marked: true))]).ToString()));
        double[] one = accuracies[PoolSelector.Random.Name][1], vote = accuracies[PoolSelector.Vote.Name][sizes[^1]];
        report.Headlines.Add(new($"self-consistency of {sizes[^1]}", "one sample", "accuracy", Figures.Percent(Bootstrap.Mean(vote)), Figures.Percent(Bootstrap.Mean(one)), Figures.Points(Paired.Difference(vote, one))));
        // Chosen where it is not reported: the best of ten on the same problems would look better than it is.
        string best = selectors.Where(s => s != PoolSelector.Oracle).MaxBy(s => validation.Average(problem => s.Accuracy(problem, few)))!.Name;
        report.Headlines.Add(new($"best of {sizes[^1]}, {best} (the best selector on validation problems)", $"self-consistency of {sizes[^1]}", "accuracy", Figures.Percent(Bootstrap.Mean(accuracies[best][sizes[^1]])),
            Figures.Percent(Bootstrap.Mean(vote)), Figures.Points(Paired.Difference(accuracies[best][sizes[^1]], vote))));
        return report;
    }

    /// <summary>Votes in batches of 4 until the posterior says that the leader stays, against the vote of all.</summary>
    private static void Adaptive(SamplingClaimOptions options, PooledProblem[] pool, Dictionary<int, double[]> votes, int[] sizes, ClaimReport report)
    {
        const int Batch = 4;
        int most = sizes[^1];
        var rows = new List<IReadOnlyList<string>>();
        foreach (double stopAt in options.StopAt)
        {
            var used = new List<double>();
            var right = new List<double>();
            foreach (PooledProblem problem in pool)
            {
                int n = 0;
                IReadOnlyList<VoteCluster> clusters = [];
                do
                {
                    n = Math.Min(n + Batch, most);
                    clusters = Vote.Count([.. problem.Samples.Take(n).Select(s => s.Extracted)]);
                }
                while (n < most && !(clusters.Count > 0 && SelfConsistency.LeaderStays(clusters[0].Votes, clusters.Count > 1 ? clusters[1].Votes : 0) >= stopAt));
                used.Add(problem.Samples.Take(n).Sum(s => (double)s.Length));
                right.Add(problem.Samples[clusters.Count > 0 ? clusters[0].First : 0].IsRight ? 1 : 0);
            }
            double[] all = [.. pool.Select(problem => problem.Samples.Take(most).Sum(s => (double)s.Length))];
            Interval share = Paired.Share(used, all), difference = Paired.Difference(right, votes[most]);
            rows.Add([FormattableString.Invariant($"{stopAt}"), Figures.Percent(Bootstrap.Mean(right)), Figures.Points(difference), Figures.Percent(share)]);
            report.Measures[FormattableString.Invariant($"adaptive {stopAt}, tokens")] = share;
            report.Measures[FormattableString.Invariant($"adaptive {stopAt}, difference")] = difference;
            if (stopAt == options.StopAt[^1])
                report.Headlines.Add(new($"self-consistency, adaptive, at most {most}", $"self-consistency of {most}", "accuracy, and share of the tokens", $"{Figures.Percent(Bootstrap.Mean(right))}, {Figures.Percent(share)}",
                    Figures.Percent(Bootstrap.Mean(votes[most])), Figures.Points(difference)));
        }
        report.Tables.Add(new($"Adaptive self-consistency: at most {most} samples in batches of {Batch}", ["stop at", "accuracy", $"difference from the vote of {most}", "share of its tokens"], rows));
    }

    private static IEnumerable<PoolSelector> Selectors(PooledProblem[] pool, HashSet<PooledSample> holding)
    {
        PooledSample[] samples = [.. pool.SelectMany(problem => problem.Samples)];
        yield return PoolSelector.Oracle;
        yield return PoolSelector.Vote;
        yield return PoolSelector.Vote.Among("vote where equations hold", holding.Contains);
        yield return PoolSelector.Best(PoolScore.Likelihood);
        if (samples.All(s => s.Trace.Entropies.All(float.IsFinite)))
            yield return PoolSelector.Best(PoolScore.SelfCertainty);
        if (samples.Any(s => s.Trace.Values.Any(float.IsFinite)))
        {
            foreach (RewardAggregation aggregation in Enum.GetValues<RewardAggregation>())
                yield return PoolSelector.Best(PoolScore.Reward("process_reward", aggregation, (sample, tokens) => sample.ValueAfter(tokens)));
            yield return PoolSelector.Voting("vote weighted by process_reward", sample => PoolScore.ValueHead.Whole(sample) is var score && double.IsNaN(score) ? 0 : Math.Max(0, score));
        }
        if (samples.All(s => s.RewardModel is not null))
        {
            yield return PoolSelector.Best(PoolScore.RewardModel);
            yield return PoolSelector.Voting("vote weighted by reward_model", sample => PoolScore.RewardModel.Whole(sample) is var score && double.IsNaN(score) ? 0 : Math.Max(0, score));
        }
        yield return PoolSelector.Random;
    }

    /// <summary>The samples that the verifier step_arithmetic does not fail: a calculator over the text, which knows nothing of the answer.</summary>
    private static async Task<HashSet<PooledSample>> EquationsHoldAsync(PooledProblem[] pool, CancellationToken cancellationToken)
    {
        BoundVerifier verifier = StrategyCatalog.BuiltIn.Verifiers.Create(new StepArithmeticOptions());
        var holding = new HashSet<PooledSample>(ReferenceEqualityComparer.Instance);
        foreach (PooledProblem problem in pool)
            foreach (PooledSample sample in problem.Samples)
                if ((await verifier.VerifyAsync(new Submission(problem.Problem.Question, sample.Text), cancellationToken)).IsPass)
                    holding.Add(sample);
        return holding;
    }

    private static IEnumerable<int> Sizes(int samples)
    {
        for (int n = 1; n <= samples; n *= 2)
            yield return n;
    }

    /// <summary>From the tenth below the lowest accuracy to the tenth above the highest.</summary>
    internal static ChartAxis Axis(IEnumerable<double[]> accuracies)
    {
        double[] means = [.. accuracies.Select(values => values.Average())];
        return ChartAxis.Percent("accuracy", Math.Max(0, Math.Floor(10 * means.Min() - 0.3) / 10), Math.Min(1, Math.Ceiling(10 * means.Max() + 0.3) / 10));
    }
}

public sealed record SamplingClaimOptions : ClaimOptions
{
    [Description("Samples of each problem; the largest N is the largest power of two in it.")]
    [Range(2, 256)]
    public int Samples { get; init; } = 64;

    [Description("Probabilities at which adaptive self-consistency stops.")]
    public IReadOnlyList<double> StopAt { get; init; } = [0.8, 0.9, 0.95];
}
