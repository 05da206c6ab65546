using System.Reflection;
using InferenceServer.Plugins;

namespace InferenceServer.Strategies.Scoring;

/// <summary>What selectors and scorers work with during one run of a strategy. Remembers finished candidates' scores and notes them in the trace.</summary>
/// <param name="generation">The strategy's context.</param>
/// <param name="aggregation">How step rewards become one number.</param>
/// <param name="rewardModel">The separate reward model that a scorer may ask; null when the strategy names none.</param>
public sealed class ScoringContext(GenerationContext generation, RewardAggregation aggregation = RewardAggregation.Last, ILanguageModel? rewardModel = null)
{
    private readonly Dictionary<(IScorer, Candidate), double?> _scores = [];

    public GenerationContext Generation { get; } = generation;
    public RewardAggregation Aggregation { get; } = aggregation;
    public ILanguageModel? RewardModel { get; } = rewardModel;

    /// <summary>What the selector did instead of what it was asked for, in a sentence for the answer's reader; null when it did that.</summary>
    public string? Fallback { get; set; }

    /// <summary>The score of a finished candidate, computed the first time it is asked for.</summary>
    public async ValueTask<double?> OnceAsync(IScorer scorer, Candidate candidate, CancellationToken cancellationToken)
    {
        if (_scores.TryGetValue((scorer, candidate), out double? score))
            return score;
        score = await scorer.ScoreAsync(candidate, this, cancellationToken);
        _scores[(scorer, candidate)] = score;
        Generation.Report(candidate, scorer.GetType().GetCustomAttribute<PluginAttribute>()?.Name ?? scorer.GetType().Name, score ?? double.NaN);
        return score;
    }
}
