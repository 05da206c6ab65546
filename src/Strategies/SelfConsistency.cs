using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Runtime.CompilerServices;
using InferenceServer.Plugins;
using InferenceServer.Strategies.Answers;

namespace InferenceServer.Strategies;

/// <summary>
/// Wang et al., "Self-Consistency Improves Chain of Thought Reasoning in Language Models", arXiv:2203.11171: sample many reasoning chains and return the
/// answer that most of them end in.
/// Differences from the paper: answers are equal by value ("1/2" votes with "0.5"), completions without an answer have no vote, ties go to the answer seen in
/// the
/// lowest-numbered sample, and sampling stops early once the rest could not change the result.
/// </summary>
[Plugin("self_consistency", "Samples n answers and returns the one that most of them agree on.", Paper = "arXiv:2203.11171")]
public sealed class SelfConsistency : IStrategy<SelfConsistencyOptions>
{
    public async IAsyncEnumerable<Answer> RunAsync(
        SelfConsistencyOptions options, GenerationContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // By sample: what arrived so far, null where nothing has.
        var answers = new Answer?[options.N];
        int arrived = 0;
        Answer? leader = null;
        await foreach (Answer answer in context.SampleAsync(options.N, cancellationToken))
        {
            answers[answer.Sample] = answer;
            arrived++;
            IReadOnlyList<VoteCluster> clusters = Vote.Count([.. answers.Select(a => a?.Candidate.Extracted)]);
            // Nobody has an answer yet: the first completion stands in.
            Answer next = clusters.Count == 0
                ? answers.First(a => a is not null)!
                : answers[clusters[0].First]! with { Score = clusters[0].Votes / (double)options.N };
            if (next != leader)
                yield return leader = next;
            if (options.EarlyStop && clusters.Count > 0 && IsDecided(clusters, answers, options.N - arrived))
                yield break;
        }
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

    public override int Fanout => N;
}
