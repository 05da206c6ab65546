using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Runtime.CompilerServices;
using InferenceServer.Plugins;
using InferenceServer.Strategies.Answers;
using InferenceServer.Strategies.Scoring;

namespace InferenceServer.Strategies;

/// <summary>
/// Wang et al., "Self-Consistency Improves Chain of Thought Reasoning in Language Models", arXiv:2203.11171: sample many reasoning chains and return the
/// answer that most of them end in. With <c>stop_at</c>, Aggarwal et al., "Let's Sample Step by Step: Adaptive-Consistency", arXiv:2305.11860: sample in batches
/// and stop when the posterior says that the leader will not be overtaken.
/// Differences from the papers: answers are equal by value ("1/2" votes with "0.5"), completions without an answer have no vote, ties go to the answer seen in
/// the lowest-numbered sample, votes may be weighted by a scorer, and sampling stops early once the rest could not change the result.
/// </summary>
/// <param name="scorers">What may weigh votes.</param>
[Plugin("self_consistency", "Samples n answers and returns the one that most of them agree on.", Paper = "arXiv:2203.11171")]
public sealed class SelfConsistency(PluginSet<IScorer> scorers) : IStrategy<SelfConsistencyOptions>
{
    public async IAsyncEnumerable<Answer> RunAsync(
        SelfConsistencyOptions options, GenerationContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var scoring = new ScoringContext(context);
        // By sample: what arrived so far, null where nothing has; and what each vote weighs.
        var answers = new Answer?[options.N];
        var weights = new double[options.N];
        int batch = options.StopAt is null ? options.N : options.Batch;
        Answer? leader = null;
        for (int first = 0, arrived = 0; first < options.N && !context.IsExhausted; first += batch)
        {
            IReadOnlyList<VoteCluster> clusters = [];
            await foreach (Answer answer in context.SampleAsync(Math.Min(batch, options.N - first), cancellationToken))
            {
                int sample = first + answer.Sample;
                (answers[sample], weights[sample]) = (answer with { Sample = sample }, await WeightAsync(options, answer, scoring, cancellationToken));
                arrived++;
                clusters = Vote.Count([.. answers.Select(a => a?.Candidate.Extracted)], weights);
                // Nobody has an answer yet: the first completion stands in.
                Answer next = clusters.Count == 0
                    ? answers.First(a => a is not null)!
                    : answers[clusters[0].First]! with { Score = clusters[0].Weight / (options.Weight is null ? options.N : weights.Sum()) };
                if (next != leader)
                    yield return leader = next;
                if (options.EarlyStop && options.Weight is null && clusters.Count > 0 && IsDecided(clusters, answers, options.N - arrived))
                    yield break;
            }
            if (options.StopAt is double confidence && clusters.Count > 0 && LeaderStays(clusters[0].Votes, clusters.Count > 1 ? clusters[1].Votes : 0) >= confidence)
                yield break;
        }
    }

    public PlanProblem? Check(SelfConsistencyOptions options, PlanContext plan)
    {
        if (options.Weight is not { } weight)
            return null;
        if (options.StopAt is not null)
            return new("stop_at", "counts votes and cannot be used with weight; leave one of them out.");
        return ((ISelector)scorers[weight]).Check(plan) is { } problem ? new("weight", problem)
            : weight == "reward_model" ? new("weight", "reward_model cannot weigh votes; process_reward, likelihood and self_certainty can.") : null;
    }

    /// <summary>
    /// Probability that the leader is the more frequent of the two answers in the long run, given their votes and a uniform prior: that a Beta(leader + 1,
    /// second + 1) variable exceeds one half. For whole numbers that is the lower half of a binomial distribution.
    /// </summary>
    public static double LeaderStays(int leader, int second)
    {
        int n = leader + second + 1;
        double term = Math.Pow(0.5, n), sum = 0;
        for (int k = 0; k <= leader; k++)
        {
            sum += term;
            term *= (n - k) / (k + 1.0);
        }
        return sum;
    }

    /// <summary>Log-probabilities weigh by their exponential, so that every weight is positive. What cannot be scored weighs nothing.</summary>
    private async ValueTask<double> WeightAsync(SelfConsistencyOptions options, Answer answer, ScoringContext scoring, CancellationToken cancellationToken)
    {
        if (options.Weight is not { } name)
            return 1;
        double score = await scoring.OnceAsync(scorers[name], answer.Candidate, cancellationToken) ?? 0;
        return name == "likelihood" ? Math.Exp(score) : Math.Max(0, score);
    }

    /// <summary>Whether the missing samples can change neither the winner nor which sample speaks for it, the first that holds it.</summary>
    private static bool IsDecided(IReadOnlyList<VoteCluster> clusters, Answer?[] answers, int missing)
    {
        int runnerUp = clusters.Count > 1 ? clusters[1].Votes : 0;
        return clusters[0].Votes > runnerUp + missing && Array.IndexOf(answers, null) is int gap && (gap < 0 || gap > clusters[0].First);
    }
}

public sealed record SelfConsistencyOptions : StrategyOptions
{
    [Description("How many answers to sample at most.")]
    [Range(1, 256)]
    public int N { get; init; } = 8;

    [Description("Stop as soon as the samples still running cannot change the result.")]
    public bool EarlyStop { get; init; } = true;

    [Description("A scorer that weighs the votes, process_reward for instance; null for one vote each.")]
    [PluginName(typeof(IScorer))]
    public string? Weight { get; init; }

    [Description("Sample in batches and stop when the leader stays ahead with this probability, 0.95 for instance; null to sample all at once.")]
    [Range(0.5, 1.0)]
    public double? StopAt { get; init; }

    [Description("Samples of one batch, with stop_at.")]
    [Range(1, 64)]
    public int Batch { get; init; } = 4;

    public override int Fanout => N;
    public override bool AsksAtOnce => N > 1 && (StopAt is null || Batch > 1);
}
