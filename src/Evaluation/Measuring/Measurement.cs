using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using InferenceServer.Strategies;

namespace InferenceServer.Evaluation.Measuring;

/// <summary>Runs arms on problems. Every arm sees the same problems with the same seeds, so that differences can be paired.</summary>
/// <param name="target">Whom to ask.</param>
/// <param name="journal">Keeps outcomes.</param>
/// <param name="maxTokens">Tokens of one completion, where the arm does not say.</param>
/// <param name="seed">Of the sampling.</param>
/// <param name="parallel">Problems in flight at once; 0 fills the target's rows.</param>
public sealed class Measurement(ITarget target, Journal journal, int maxTokens, int seed, int parallel = 0)
{
    public ITarget Target => target;
    public int MaxTokens => maxTokens;
    public int Seed => seed;

    /// <summary>Finds an arm that cannot run before an hour is spent on the others.</summary>
    /// <param name="arm">The arm.</param>
    /// <param name="path">Where it stands in its recipe.</param>
    /// <exception cref="StrategyPlanException">It cannot; the path says where.</exception>
    public void Check(Arm arm, string path)
    {
        try
        {
            target.Check(Trial(arm, new Problem("?", "0"), 0, 0));
        }
        catch (StrategyPlanException e)
        {
            throw new StrategyPlanException($"{path}.{e.Path}", e.Reason, e);
        }
    }

    /// <summary>Runs one arm; outcomes come in the order of the problems.</summary>
    /// <param name="arm">The plan.</param>
    /// <param name="problems">What to solve.</param>
    /// <param name="onProblem">Called after each problem.</param>
    /// <param name="round">Different rounds draw different random streams; the first is 0.</param>
    /// <param name="cancellationToken">Stops; what is finished stays in the journal.</param>
    /// <exception cref="StrategyPlanException">The plan cannot run on this model.</exception>
    /// <exception cref="EvaluationException">The target failed.</exception>
    public async Task<TrialOutcome[]> RunAsync(Arm arm, IReadOnlyList<Problem> problems, Action onProblem, int round = 0, CancellationToken cancellationToken = default)
    {
        var outcomes = new TrialOutcome[problems.Count];
        int fanout = arm.Samples * Math.Max(1, Fanout(arm.Strategies));
        var options = new ParallelOptions
        {
            // Twice what the rows hold: the next problem is there when a row gets free.
            MaxDegreeOfParallelism = parallel > 0 ? parallel : Math.Max(1, 2 * target.Rows / fanout),
            CancellationToken = cancellationToken,
        };
        await Parallel.ForAsync(0, problems.Count, options, async (i, token) =>
        {
            Trial trial = Trial(arm, problems[i], i, round);
            string key = Key(trial);
            if (journal.Find(key) is not { } outcome)
                journal.Add(key, outcome = await target.RunAsync(trial, token));
            outcomes[i] = outcome;
            onProblem();
        });
        return outcomes;
    }

    private Trial Trial(Arm arm, Problem problem, int index, int round) => new()
    {
        Question = problem.Question,
        Strategies = arm.Strategies,
        Verifiers = arm.Verifiers(problem),
        Temperature = arm.Temperature,
        TopP = arm.TopP,
        MaxTokens = arm.MaxTokens ?? maxTokens,
        // Rounds are far apart, and the seed stays a positive 64-bit integer.
        Seed = (ulong)((seed + 7919L * round) & int.MaxValue) << 32 | (uint)index,
        Samples = arm.Samples,
        WithTokens = arm.WithTokens,
        WithAttempts = arm.WithAttempts,
    };

    private string Key(Trial trial) =>
        Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new { target.Fingerprint, trial }))))[..32];

    /// <summary>Candidates of a plan, roughly: what "n", "k" and "rounds" multiply to.</summary>
    private static int Fanout(string strategies)
    {
        using var json = JsonDocument.Parse(strategies);
        int product = 1;
        if (json.RootElement.ValueKind == JsonValueKind.Array)
            foreach (JsonElement strategy in json.RootElement.EnumerateArray())
                foreach (string field in (string[])["n", "k"])
                    if (strategy.ValueKind == JsonValueKind.Object && strategy.TryGetProperty(field, out JsonElement n) && n.TryGetInt32(out int count) && count > 0)
                        product *= count;
        return product;
    }
}
