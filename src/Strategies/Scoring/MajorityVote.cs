using InferenceServer.Plugins;
using InferenceServer.Strategies.Answers;

namespace InferenceServer.Strategies.Scoring;

/// <summary>How many of the answers agree with this one. A completion without an answer cannot be scored, so it never wins.</summary>
[Plugin("vote", "Number of answers that agree with this one.", Paper = "arXiv:2203.11171")]
public sealed class MajorityVote : ISelector
{
    public ValueTask<IReadOnlyList<double?>> ScoreAsync(IReadOnlyList<Answer> answers, ScoringContext scoring, CancellationToken cancellationToken)
    {
        var scores = new double?[answers.Count];
        foreach (VoteCluster cluster in Vote.Count([.. answers.Select(answer => answer.Candidate.Extracted)]))
            foreach (int member in cluster.Members)
                scores[member] = cluster.Votes;
        return new(scores);
    }
}
