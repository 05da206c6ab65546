using InferenceServer.Engine;
using InferenceServer.Engine.Sampling;
using InferenceServer.Evaluation.Measuring;
using InferenceServer.Modeling.Text;
using InferenceServer.Strategies;

namespace InferenceServer.Evaluation.Pools;

/// <summary>Draws pools through the same requests that a user would make, in rounds of 16: the first round is what a plan of 16 candidates draws with the same seed.</summary>
public static class PoolDrawing
{
    /// <summary>Samples of one round.</summary>
    public const int Round = 16;

    /// <param name="measurement">Whom to ask.</param>
    /// <param name="problems">What to solve.</param>
    /// <param name="samples">Of each problem; rounded up to whole rounds when above one.</param>
    /// <param name="temperature">Of the sampling.</param>
    /// <param name="onProblem">Called after each problem of each round.</param>
    /// <param name="cancellationToken">Stops.</param>
    public static async Task<PooledProblem[]> DrawAsync(
        Measurement measurement, IReadOnlyList<Problem> problems, int samples, double temperature, Action onProblem, CancellationToken cancellationToken)
    {
        var arm = new Arm("samples", "[]") { Temperature = temperature, Samples = Math.Min(samples, Round), WithTokens = true };
        var rounds = new List<TrialOutcome[]>();
        for (int round = 0; round < Rounds(samples); round++)
            rounds.Add(await measurement.RunAsync(arm, problems, onProblem, round, cancellationToken));
        return [.. problems.Select((problem, i) => new PooledProblem(problem, rounds[0][i].Bill.Prompt, [.. rounds.SelectMany(round => round[i].Answers).Select(answer => Sample(problem, answer))]))];
    }

    public static int Rounds(int samples) => (samples + Round - 1) / Round;

    /// <summary>Reads every sample once with a separate reward model: one forward pass gives its value after every token.</summary>
    /// <param name="pool">Samples with their tokens.</param>
    /// <param name="rewardModel">Reads the same tokens.</param>
    /// <param name="rows">Of its engine.</param>
    /// <param name="onProblem">Called after each problem.</param>
    /// <param name="cancellationToken">Stops.</param>
    public static async Task<PooledProblem[]> JudgeAsync(
        IReadOnlyList<PooledProblem> pool, ILanguageModel rewardModel, int rows, Action onProblem, CancellationToken cancellationToken)
    {
        var judged = new PooledProblem[pool.Count];
        await Parallel.ForAsync(0, pool.Count, new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, rows / Round), CancellationToken = cancellationToken }, async (i, token) =>
        {
            int[] prompt = rewardModel.Template.Encode(rewardModel.Tokenizer, [new ChatMessage("user", pool[i].Problem.Question)]);
            await using SequenceHandle root = rewardModel.Start(prompt, new SequenceOptions { Sampling = SamplingOptions.Greedy });
            // Equal texts are read once.
            var known = new Dictionary<string, float[]>(StringComparer.Ordinal);
            var samples = new List<PooledSample>();
            foreach (PooledSample sample in pool[i].Samples)
            {
                if (!known.TryGetValue(sample.Text, out float[]? values))
                    known[sample.Text] = values = await ReadAsync(root, sample.Trace.Ids[..sample.TextLength], token);
                samples.Add(sample with { RewardModel = values });
            }
            judged[i] = pool[i] with { Samples = samples };
            onProblem();
        });
        return judged;
    }

    private static async Task<float[]> ReadAsync(SequenceHandle prompt, int[] tokens, CancellationToken cancellationToken)
    {
        if (tokens.Length == 0)
            return [];
        await using SequenceHandle fork = prompt.Fork();
        TokenScores scores = await fork.ScoreAsync(tokens, cancellationToken: cancellationToken);
        return [.. scores.Values, scores.EndValue];
    }

    private static PooledSample Sample(Problem problem, TrialAnswer answer) => new(
        answer.Text, answer.FinishReason == "stop", answer.Tokens ?? throw new EvaluationException("The server tells no log-probabilities, which this claim needs."), problem.Grade(answer.Text));
}
