using InferenceServer.Trainer.Rollouts;

namespace InferenceServer.Trainer.Evaluating;

/// <summary>Something that scores a growing solution after each of its tokens.</summary>
/// <param name="Name">In reports.</param>
/// <param name="Curve">Scores of a problem's sample, by its index, after each token; the higher the better.</param>
/// <param name="IsProbability">Whether it claims to be the probability that all is right so far.</param>
/// <param name="Aggregations">How the scores at step ends may become one.</param>
public sealed record Scorer(string Name, Func<MeasuredProblem, int, float[]> Curve, bool IsProbability, IReadOnlyList<Aggregation> Aggregations)
{
    private static readonly Aggregation[] Learned = [Aggregation.Last, Aggregation.Min, Aggregation.Mean, Aggregation.Product];

    public static readonly Scorer ValueHead = new("value head", (problem, i) => AfterTokens(problem.Samples[i].Values, problem.Samples[i].Finished), true, Learned);
    public static readonly Scorer RewardModel = new("reward model", (problem, i) => AfterTokens(problem.RewardModel![i], problem.Samples[i].Finished), true, Learned);

    /// <summary>Mean of the two probabilities.</summary>
    public static readonly Scorer Both = new("value head and reward model", (problem, i) => [.. ValueHead.Curve(problem, i).Zip(RewardModel.Curve(problem, i), (a, b) => (a + b) / 2)], true, Learned);

    /// <summary>Log-probability of the step's least likely token so far: needs no training, and is the baseline of every learned reward.</summary>
    public static readonly Scorer LeastLikelyToken = new("least likely token", (problem, i) => LeastLikely(problem, i), false, [Aggregation.Min]);

    /// <summary>Mean log-probability so far.</summary>
    public static readonly Scorer MeanLogProb = new("mean log-probability", (problem, i) => Mean(problem.Samples[i]), false, [Aggregation.Last]);

    /// <summary>Those that a set of problems was measured with.</summary>
    public static IReadOnlyList<Scorer> Of(IReadOnlyList<MeasuredProblem> problems)
    {
        bool value = problems.All(p => p.Samples.All(s => s.Values.Length > 0 && !float.IsNaN(s.Values[^1]))), model = problems.All(p => p.RewardModel is not null);
        return [.. value ? [ValueHead] : (Scorer[])[], .. model ? [RewardModel] : (Scorer[])[], .. value && model ? [Both] : (Scorer[])[], LeastLikelyToken, MeanLogProb];
    }

    /// <summary>The scores at step ends made one. Without a step nothing can be said: minus infinity.</summary>
    public double Aggregate(MeasuredProblem problem, int sample, Aggregation aggregation)
    {
        int[] ends = problem.Labels[sample].Ends;
        if (ends.Length == 0 || !problem.Samples[sample].Finished)
            return double.NegativeInfinity;
        float[] curve = Curve(problem, sample);
        var scores = ends.Select(end => (double)curve[end]);
        return aggregation switch
        {
            Aggregation.Last => curve[ends[^1]],
            Aggregation.Min => scores.Min(),
            Aggregation.Mean => scores.Average(),
            _ => scores.Aggregate(1.0, (product, score) => product * score),
        };
    }

    // A value is read before a token: the one after a token is the next one's. A text that was cut off lacks the last.
    private static float[] AfterTokens(float[] values, bool finished) => finished ? values[1..] : [.. values[1..], values[^1]];

    private static int Length(Rollout rollout) => rollout.Finished ? rollout.Tokens.Length - 1 : rollout.Tokens.Length;

    private static float[] LeastLikely(MeasuredProblem problem, int sample)
    {
        float[] curve = new float[Length(problem.Samples[sample])];
        var labels = problem.Labels[sample];
        for (int step = 0; step < labels.Count; step++)
        {
            float least = 0;
            for (int t = labels.Start(step); t <= labels.Ends[step]; t++)
                curve[t] = least = Math.Min(least, problem.Samples[sample].LogProbs[t]);
        }
        return curve;
    }

    private static float[] Mean(Rollout rollout)
    {
        float[] curve = new float[Length(rollout)];
        double sum = 0;
        for (int t = 0; t < curve.Length; t++)
            curve[t] = (float)((sum += rollout.LogProbs[t]) / (t + 1));
        return curve;
    }
}

/// <summary>How scores at step ends become one, as the server's scorers do it.</summary>
public enum Aggregation
{
    Last,
    Min,
    Mean,
    Product,
}
