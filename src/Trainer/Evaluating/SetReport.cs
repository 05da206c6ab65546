using System.Globalization;
using InferenceServer.Trainer.Rewards;
using InferenceServer.Trainer.Statistics;
using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Evaluating;

/// <summary>Accuracy of greedy decoding and of at least one of k samples, by k.</summary>
public sealed record AccuracyRow(int Problems, Interval Greedy, IReadOnlyDictionary<int, Interval> PassAtK)
{
    public static AccuracyRow Of(IReadOnlyList<MeasuredProblem> problems) => new(
        problems.Count,
        Bootstrap.Mean([.. problems.Select(problem => problem.GreedyRight ? 1.0 : 0.0)], 2000),
        SelectionReport.Sizes(problems[0].Count).ToDictionary(
            k => k, k => Bootstrap.Mean([.. problems.Select(problem => Statistics.PassAtK.Estimate(problem.Count, problem.Right.Count(right => right), k))], 2000)));
}

/// <summary>What happens to problems that have no answer, and to those that have one, in a set with both.</summary>
/// <param name="Recognised">Share of problems without an answer of which greedy decoding says so.</param>
/// <param name="FalseAlarms">Share of the others of which it says so.</param>
/// <param name="SampledRecognised">The same share of samples.</param>
/// <param name="SampledFalseAlarms">The same share of samples.</param>
public sealed record UnknownReport(Interval Recognised, Interval FalseAlarms, Interval SampledRecognised, Interval SampledFalseAlarms)
{
    /// <summary>Null when all problems have an answer, or none has.</summary>
    public static UnknownReport? Of(IReadOnlyList<MeasuredProblem> problems)
    {
        MeasuredProblem[] without = [.. problems.Where(p => p.Problem.Answer is null)], with = [.. problems.Where(p => p.Problem.Answer is not null)];
        return without.Length == 0 || with.Length == 0 ? null : new(Share(without, Greedy), Share(with, Greedy), Share(without, Sampled), Share(with, Sampled));

        static Interval Share(MeasuredProblem[] of, Func<MeasuredProblem, double> says) => Bootstrap.Mean([.. of.Select(says)], 2000);
        static double Greedy(MeasuredProblem problem) => StepVerifier.AnswerText(problem.Greedy.Text) == WordProblem.Unknown ? 1 : 0;
        static double Sampled(MeasuredProblem problem) => problem.Answers.Average(answer => answer == WordProblem.Unknown ? 1.0 : 0.0);
    }
}

/// <summary>How well a score ranks steps.</summary>
/// <param name="Within">Within-problem AUC by the part of the step that is written.</param>
/// <param name="Different">Share of the pairs whose texts differ by then; the others count half whatever the score.</param>
/// <param name="Pooled">Ordinary AUC of step ends over all problems, which also rewards knowing what is hard.</param>
public sealed record RankingReport(IReadOnlyDictionary<string, Interval> Within, IReadOnlyDictionary<string, double> Different, double Pooled, long Pairs);

/// <summary>All that was measured on one set of problems.</summary>
/// <param name="Tiers">Accuracy by tier.</param>
/// <param name="Families">Accuracy by family.</param>
/// <param name="Mistakes">Wrong samples by what went wrong first.</param>
/// <param name="Unknown">Of sets that have problems without an answer.</param>
/// <param name="Rejection">By scorer, then by when it rejects.</param>
public sealed record SetReport(
    int Problems, int Samples, double Temperature, AccuracyRow Accuracy, IReadOnlyDictionary<int, AccuracyRow> Tiers, IReadOnlyDictionary<string, AccuracyRow> Families, IReadOnlyDictionary<string, SelectionReport> Selection,
    IReadOnlyDictionary<string, RankingReport> Ranking, IReadOnlyDictionary<string, IReadOnlyDictionary<string, RejectionReport>> Rejection,
    IReadOnlyDictionary<string, Reliability> Reliability, IReadOnlyDictionary<string, int> Mistakes, UnknownReport? Unknown, double TokensPerSolution, double PromptTokensPerProblem)
{
    public static SetReport Of(IReadOnlyList<MeasuredProblem> problems, double temperature, Func<MeasuredProblem, int> promptTokens)
    {
        var scorers = Scorer.Of(problems);
        return new(
            problems.Count, problems[0].Count, temperature, AccuracyRow.Of(problems),
            problems.GroupBy(problem => problem.Problem.Tier).OrderBy(tier => tier.Key).ToDictionary(tier => tier.Key, tier => AccuracyRow.Of([.. tier])),
            problems.GroupBy(problem => problem.Problem.Family).OrderBy(family => family.Key, StringComparer.Ordinal).ToDictionary(family => family.Key, family => AccuracyRow.Of([.. family])),
            SelectionReport.Of(problems, scorers),
            scorers.ToDictionary(scorer => scorer.Name, scorer => Rank(problems, scorer)),
            scorers.ToDictionary(scorer => scorer.Name, scorer => (IReadOnlyDictionary<string, RejectionReport>)RejectionReport.Points.ToDictionary(point => point.Key, point => RejectionReport.Of(problems, scorer, point.Value))),
            scorers.Where(scorer => scorer.IsProbability).ToDictionary(scorer => scorer.Name, scorer => Evaluating.Reliability.Of(problems, scorer)),
            Evaluating.Mistakes.Count(problems), UnknownReport.Of(problems),
            problems.Average(problem => problem.Samples.Average(sample => sample.Tokens.Length)), problems.Average(problem => (double)promptTokens(problem)));
    }

    private static RankingReport Rank(IReadOnlyList<MeasuredProblem> problems, Scorer scorer)
    {
        ScoredSample[][] scored =
        [
            .. problems.Select(problem => Enumerable.Range(0, problem.Count).Where(i => problem.Labels[i].Count > 0)
                .Select(i => scorer.Curve(problem, i) is var curve ? new ScoredSample(problem.Samples[i].Tokens[..curve.Length], problem.Labels[i], curve) : null!).ToArray()),
        ];
        var counts = RewardBatch.Parts.ToDictionary(Name, part => scored.Select(problem => StepRanking.Within(problem, part)).Where(count => count.Pairs > 0).ToArray());
        return new(
            counts.ToDictionary(c => c.Key, c => c.Value.Length == 0 ? new(double.NaN, double.NaN, double.NaN) : Bootstrap.Ratio([.. c.Value.Select(x => (x.Won, x.Pairs))], 2000)),
            counts.ToDictionary(c => c.Key, c => c.Value.Sum(x => x.Different) / c.Value.Sum(x => x.Pairs)),
            StepRanking.Pooled(scored), (long)counts[Name(1)].Sum(count => count.Pairs));
    }

    /// <summary>A part of a step as a key.</summary>
    public static string Name(double part) => part.ToString(CultureInfo.InvariantCulture);
}
