using InferenceServer.Evaluation.Measuring;
using InferenceServer.Evaluation.Pools;
using InferenceServer.Strategies;
using Spectre.Console;

namespace InferenceServer.Evaluation.Claims;

/// <summary>What a claim works with: problems, arms, pools. Everything that it measures goes through the journal and shows a progress bar.</summary>
/// <param name="measurement">Whom to ask.</param>
/// <param name="progress">Shows bars; null for none.</param>
/// <param name="time">Measures wall time, for claims about it.</param>
public sealed class Laboratory(Measurement measurement, ProgressContext? progress, TimeProvider time)
{
    private readonly Dictionary<string, PooledProblem[]> _pools = [];
    private readonly Dictionary<PooledProblem[], PooledProblem[]> _judged = [];

    public Measurement Measurement => measurement;
    public TimeProvider Time => time;

    /// <summary>The model in this process; null when it is elsewhere.</summary>
    public LocalTarget? Local => measurement.Target.Local;

    /// <summary>Operations of the model that answers; those of a model of one weight when they are not known, so that they count tokens.</summary>
    public FlopEstimate Flops => Local is { } local ? FlopEstimate.Of(local.Model) : new(1, 0, 0);

    /// <summary>Tokens computed beyond prompts, those found in the journal included.</summary>
    public long Tokens { get; private set; }

    /// <summary>Runs one arm on problems.</summary>
    public async Task<TrialOutcome[]> RunAsync(Arm arm, IReadOnlyList<Problem> problems, CancellationToken cancellationToken)
    {
        ProgressTask? bar = Bar(arm.Name, problems.Count);
        return Count(await measurement.RunAsync(arm, problems, () => bar?.Increment(1), round: 0, cancellationToken));
    }

    /// <summary>Samples of each problem, drawn once and shared by all claims that ask for the same or fewer of the same problems.</summary>
    public async Task<PooledProblem[]> PoolAsync(string what, IReadOnlyList<Problem> problems, int samples, double temperature, CancellationToken cancellationToken)
    {
        string key = FormattableString.Invariant($"{what} {problems.Count} {samples} {temperature}");
        if (!_pools.TryGetValue(key, out PooledProblem[]? pool))
        {
            ProgressTask? bar = Bar($"{samples} samples, {what}", problems.Count * PoolDrawing.Rounds(samples));
            pool = await PoolDrawing.DrawAsync(measurement, problems, samples, temperature, () => bar?.Increment(1), cancellationToken);
            Tokens += pool.Sum(problem => problem.Samples.Sum(sample => (long)sample.Length));
            _pools[key] = pool;
        }
        return pool;
    }

    /// <summary>The pool as the separate reward model sees it; the pool itself when there is no such model.</summary>
    public async Task<PooledProblem[]> JudgeAsync(PooledProblem[] pool, CancellationToken cancellationToken)
    {
        if (Local?.RewardModel is null)
            return pool;
        if (_judged.TryGetValue(pool, out PooledProblem[]? judged))
            return judged;
        ProgressTask? bar = Bar("reward model", pool.Length);
        return _judged[pool] = await PoolDrawing.JudgeAsync(pool, Local.RewardModel, Local.Rows, () => bar?.Increment(1), cancellationToken);
    }

    private TrialOutcome[] Count(TrialOutcome[] outcomes)
    {
        Tokens += outcomes.Sum(outcome => (long)outcome.Bill.Completion);
        return outcomes;
    }

    private ProgressTask? Bar(string what, int count) => progress?.AddTask(Markup.Escape(what), maxValue: count);
}
