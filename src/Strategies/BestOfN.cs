using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Runtime.CompilerServices;
using InferenceServer.Plugins;
using InferenceServer.Strategies.Scoring;

namespace InferenceServer.Strategies;

/// <summary>
/// Cobbe et al., "Training Verifiers to Solve Math Word Problems", arXiv:2110.14168: sample many completions and return the one that a score ranks first.
/// Differences from the paper: the score is a selector by name, not a separately trained verifier; answers are ranked as they arrive, so there is one at any
/// time; an answer that cannot be scored never beats one that can; a strategy inside may serve all n at once and let only some of them finish.
/// </summary>
/// <param name="selectors">What ranks.</param>
/// <param name="models">Where a separate reward model is found.</param>
[Plugin("best_of_n", "Samples n answers and returns the one that its selector scores highest.", Paper = "arXiv:2110.14168")]
public sealed class BestOfN(PluginSet<ISelector> selectors, IModelRegistry? models = null) : IStrategy<BestOfNOptions>
{
    public async IAsyncEnumerable<Answer> RunAsync(
        BestOfNOptions options, GenerationContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ISelector selector = selectors[options.Select];
        var scoring = new ScoringContext(context, options.Aggregation, options.RewardModel is { } name ? models!.Find(name) : null);
        var answers = new List<Answer>();
        Answer? best = null;
        await foreach (Answer answer in context.SampleAsync(options.N, cancellationToken))
        {
            // In the order of sampling, whatever the order of arrival: ties go to the first.
            answers.Insert(answers.FindIndex(other => other.Sample > answer.Sample) is >= 0 and int at ? at : answers.Count, answer);
            IReadOnlyList<double?> scores = await selector.ScoreAsync(answers, scoring, cancellationToken);
            int leader = Leader(scores);
            Answer scored = answers[leader] with { Score = scores[leader] };
            if (scoring.Fallback is { } fallback)
                scored = context.Note(scored, fallback);
            if (best is null || (scored.Candidate, scored.Score, scored.Notes.Count) != (best.Candidate, best.Score, best.Notes.Count))
                yield return best = scored;
        }
    }

    public PlanProblem? Check(BestOfNOptions options, PlanContext plan) =>
        selectors[options.Select].Check(plan) is { } problem ? new("select", problem) : RewardModel.CheckChoice(options.Select, options.RewardModel, models);

    private static int Leader(IReadOnlyList<double?> scores)
    {
        int leader = 0;
        for (int i = 1; i < scores.Count; i++)
            if (scores[i] is double score && !(scores[leader] >= score))
                leader = i;
        return leader;
    }
}

public sealed record BestOfNOptions : StrategyOptions
{
    [Description("How many answers to sample.")]
    [Range(1, 256)]
    public int N { get; init; } = 4;

    [Description("What ranks the answers: likelihood (mean log-probability of a token), self_certainty (low entropy), vote (how many answers agree), process_reward (the model's "
        + "value head at the ends of steps), reward_model (another model's), verifier (the request's verifiers), surprisal and surprisal_top3 (the least likely among verified "
        + "answers), random (the control).")]
    [PluginName(typeof(ISelector))]
    public string Select { get; init; } = "likelihood";

    [Description("How process_reward makes one number of the steps' rewards.")]
    public RewardAggregation Aggregation { get; init; } = RewardAggregation.Last;

    [Description("Name of the model that reward_model asks.")]
    public string? RewardModel { get; init; }

    public override int Fanout => N;
}
