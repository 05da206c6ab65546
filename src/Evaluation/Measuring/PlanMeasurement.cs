using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using InferenceServer.Engine.Sampling;
using InferenceServer.Strategies;
using InferenceServer.Strategies.Answers;

namespace InferenceServer.Evaluation.Measuring;

/// <summary>Measures plans on problems, in process. Every plan sees the same problems with the same seeds, so that differences can be paired.</summary>
/// <param name="model">Whom to ask.</param>
/// <param name="modelFingerprint">Identifies the weights, for the journal.</param>
/// <param name="encode">Prompt tokens of a question.</param>
/// <param name="catalog">The strategies.</param>
/// <param name="journal">Keeps outcomes.</param>
/// <param name="time">Measures milliseconds.</param>
public sealed class PlanMeasurement(
    ILanguageModel model, string modelFingerprint, Func<string, int[]> encode, StrategyCatalog catalog, Journal journal, TimeProvider time)
{
    private readonly StrategyPipeline _pipeline = new(catalog, time);

    /// <summary>Finds a plan that cannot run on this model before an hour is spent on the others.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="strategies">Its strategies, bound.</param>
    /// <param name="recipe">Limits and seed.</param>
    /// <param name="path">Where the plan stands in its recipe.</param>
    /// <exception cref="StrategyPlanException">It cannot; the path says where.</exception>
    public void Check(EvaluationPlan plan, IReadOnlyList<StrategyOptions> strategies, EvaluationRecipe recipe, string path)
    {
        try
        {
            _pipeline.Start(model, new GenerationRequest { Prompt = encode("?"), MaxTokens = recipe.MaxTokens, Strategies = strategies }, choices: plan.Samples);
        }
        catch (StrategyPlanException e)
        {
            throw new StrategyPlanException($"{path}.{e.Path}", e.Reason, e);
        }
    }

    /// <summary>Runs one plan; outcomes come in the order of the problems.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="strategies">Its strategies, bound.</param>
    /// <param name="problems">What to solve.</param>
    /// <param name="recipe">Limits and seed.</param>
    /// <param name="onProblem">Called after each problem.</param>
    /// <param name="cancellationToken">Stops; what is finished stays in the journal.</param>
    /// <exception cref="StrategyPlanException">The plan cannot run on this model.</exception>
    public async Task<ProblemOutcome[]> RunAsync(
        EvaluationPlan plan, IReadOnlyList<StrategyOptions> strategies, IReadOnlyList<Problem> problems, EvaluationRecipe recipe,
        Action onProblem, CancellationToken cancellationToken)
    {
        var outcomes = new ProblemOutcome[problems.Count];
        int fanout = strategies.Aggregate(plan.Samples, (product, options) => product * options.Fanout);
        var parallel = new ParallelOptions
        {
            // Twice what the rows hold: the next problem is there when a row gets free.
            MaxDegreeOfParallelism = recipe.Parallel > 0 ? recipe.Parallel : Math.Max(1, 2 * recipe.Slots / fanout),
            CancellationToken = cancellationToken,
        };
        await Parallel.ForAsync(0, problems.Count, parallel, async (i, token) =>
        {
            var request = new GenerationRequest
            {
                Prompt = encode(problems[i].Question),
                MaxTokens = recipe.MaxTokens,
                Strategies = strategies,
                Sampling = new SamplingOptions { Temperature = (float)plan.Temperature, TopP = (float)plan.TopP, Seed = (ulong)recipe.Seed << 32 | (uint)i },
            };
            string key = Key(plan, request, problems[i]);
            if (journal.Find(key) is not { } outcome)
                journal.Add(key, outcome = await SolveAsync(request, plan.Samples, problems[i], token));
            outcomes[i] = outcome;
            onProblem();
        });
        return outcomes;
    }

    private async Task<ProblemOutcome> SolveAsync(GenerationRequest request, int samples, Problem problem, CancellationToken cancellationToken)
    {
        GenerationRun run = _pipeline.Start(model, request, choices: samples);
        var answers = new List<Answer>();
        if (samples > 1)
        {
            await foreach (Answer answer in run.SampleAsync(samples, cancellationToken))
                answers.Add(answer);
        }
        else
        {
            Answer? last = null;
            await foreach (Answer answer in run.RunAsync(cancellationToken))
                last = answer;
            answers.Add(last!);
        }
        ComputeLedger ledger = run.Ledger;
        return new(samples, answers.Count(answer => AnswerEquality.Matches(answer.Candidate.Extracted, problem.Answer)),
            ledger.Prompt, ledger.Cached, ledger.Answer, ledger.Discarded, ledger.EstimatedFlops, run.Elapsed.TotalMilliseconds,
            answers.MinBy(answer => answer.Sample)!.Text);
    }

    private string Key(EvaluationPlan plan, GenerationRequest request, Problem problem)
    {
        string all = JsonSerializer.Serialize(new
        {
            modelFingerprint,
            strategies = catalog.ToJson(request.Strategies),
            plan.Temperature,
            plan.TopP,
            plan.Samples,
            request.MaxTokens,
            request.Sampling.Seed,
            problem.Question,
            problem.Answer,
        });
        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(all)))[..32];
    }
}
