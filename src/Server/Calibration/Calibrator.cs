using System.Text.Json;
using InferenceServer.Engine.Sampling;
using InferenceServer.Modeling.Text;
using InferenceServer.Server.Errors;
using InferenceServer.Server.Generation;
using InferenceServer.Server.Jobs;
using InferenceServer.Server.State;
using InferenceServer.Strategies;
using InferenceServer.Strategies.Answers;
using InferenceServer.Strategies.Calibration;

namespace InferenceServer.Server.Calibration;

/// <summary>What is to be calibrated.</summary>
/// <param name="Name">What the result is called.</param>
/// <param name="Problems">At least one.</param>
/// <param name="Plan">Its answers' scores are the confidence.</param>
/// <param name="TargetRisk">The share of wrong answers that is wanted at most.</param>
/// <param name="Temperature">Of the sampling.</param>
/// <param name="MaxTokens">Of one candidate at most; null for as many as fit.</param>
/// <param name="Seed">Of the first problem; the others' follow.</param>
public sealed record CalibrationRecipe(
    string Name, IReadOnlyList<LabelledProblem> Problems, IReadOnlyList<StrategyOptions> Plan, double TargetRisk, double Temperature, int? MaxTokens, long Seed);

/// <summary>
/// Runs a plan on labelled questions and measures how its confidence relates to being right. The confidence is what the plan itself judges its answer by: the share of votes,
/// the process reward, a gate's own number; a plan that does not judge cannot be calibrated.
/// </summary>
public sealed class Calibrator(ServedModel model, StrategyPipeline pipeline, StrategyCatalog catalog, CalibrationStore store, TimeProvider time)
{
    private const int Parallel = 8, MaxPoints = 200;

    /// <summary>Checks every problem and the plan before a token is spent.</summary>
    /// <exception cref="StrategyPlanException">The plan cannot run.</exception>
    /// <exception cref="ApiException">A question does not fit the context.</exception>
    public void Check(CalibrationRecipe recipe)
    {
        for (int i = 0; i < recipe.Problems.Count; i++)
        {
            GenerationRequest request = RequestOf(recipe.Problems[i], recipe, i);
            if (request.MaxTokens < 1)
                throw ApiException.ContextLength($"problems[{i}].question", $"'problems[{i}].question' has {request.Prompt.Length} tokens with the chat template, but this model's context holds {model.Language.ContextLength}.");
            if (i == 0)
                pipeline.Start(model.Language, request);
        }
    }

    /// <summary>Measures and keeps the result.</summary>
    /// <exception cref="JobFailedException">No answer had a score.</exception>
    /// <exception cref="StrategyPlanException">The plan cannot run.</exception>
    public async Task<StoredCalibration> RunAsync(Tenant tenant, CalibrationRecipe recipe, Action<JobProgress> onProgress, CancellationToken cancellationToken)
    {
        var confidences = new double?[recipe.Problems.Count];
        var judged = new bool[recipe.Problems.Count];
        int done = 0;
        await System.Threading.Tasks.Parallel.ForEachAsync(Enumerable.Range(0, recipe.Problems.Count), new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken },
            async (index, token) =>
            {
                LabelledProblem problem = recipe.Problems[index];
                Answer? answer = null;
                await foreach (Answer better in pipeline.Start(model.Language, RequestOf(problem, recipe, index) with { Tenant = tenant.Name }).RunAsync(token))
                    answer = better;
                // Refusing a question does not depend on the threshold: it is never answered.
                confidences[index] = answer?.Abstention is { Stage: "input" } ? null : answer?.Abstention is { } withheld ? withheld.Confidence : answer?.Score;
                judged[index] = problem.Answer is { } expected && answer is not null && AnswerEquality.Matches(answer.Candidate.Extracted, expected);
                onProgress(new(Interlocked.Increment(ref done), recipe.Problems.Count, "asking"));
            });
        StoredCalibration calibration = Measure(recipe, confidences, judged);
        await store.SaveAsync(tenant, calibration, cancellationToken);
        return calibration;
    }

    private StoredCalibration Measure(CalibrationRecipe recipe, double?[] confidences, bool[] judged)
    {
        int unscored = confidences.Count(confidence => confidence is null || double.IsNaN(confidence.Value));
        if (unscored == confidences.Length)
            throw new JobFailedException("No answer had a score. Calibrate a plan that judges its answers, self_consistency or best_of_n for instance.");
        // Below every other: never answered before everything else is.
        var curve = RiskCoverage.Of([.. confidences.Zip(judged, (confidence, right) => new JudgedAnswer(confidence is { } sure && !double.IsNaN(sure) ? sure : double.NegativeInfinity, right))]);
        RiskCoveragePoint[] points = [.. curve.Points.Where(point => double.IsFinite(point.Threshold))];
        RiskCoveragePoint? chosen = curve.For(recipe.TargetRisk) is { } found && double.IsFinite(found.Threshold) ? found : points.LastOrDefault(point => point.RiskUpper <= recipe.TargetRisk);
        return new()
        {
            Name = recipe.Name,
            Model = model.Name,
            SystemFingerprint = model.Fingerprint,
            Strategies = JsonSerializer.SerializeToElement(catalog.ToJson(recipe.Plan)),
            Created = time.GetUtcNow().ToUnixTimeSeconds(),
            Questions = recipe.Problems.Count,
            Unanswerable = recipe.Problems.Count(problem => problem.Answer is null),
            Unscored = unscored,
            TargetRisk = recipe.TargetRisk,
            Threshold = chosen?.Threshold,
            AreaUnderCurve = curve.Area,
            Curve = [.. Thinned(points).Select(point => new CurvePoint(point.Threshold, point.Coverage, point.Risk, point.RiskUpper))],
        };
    }

    private GenerationRequest RequestOf(LabelledProblem problem, CalibrationRecipe recipe, int index)
    {
        ChatMessage[] messages = [new("user", problem.Question)];
        int[] prompt = model.Encoding.Encode(messages);
        return new()
        {
            Prompt = prompt,
            Messages = messages,
            MaxTokens = Math.Min(recipe.MaxTokens ?? int.MaxValue, model.Language.ContextLength - prompt.Length),
            Sampling = new SamplingOptions { Temperature = (float)recipe.Temperature, Seed = unchecked((ulong)(recipe.Seed + index)) },
            Strategies = recipe.Plan,
        };
    }

    /// <summary>The first, the last, and evenly between.</summary>
    private static IEnumerable<RiskCoveragePoint> Thinned(RiskCoveragePoint[] points) =>
        points.Length <= MaxPoints ? points : Enumerable.Range(0, MaxPoints).Select(i => points[(int)((long)i * (points.Length - 1) / (MaxPoints - 1))]);
}
