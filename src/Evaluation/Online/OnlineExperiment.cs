using System.Globalization;
using System.Text.Json.Nodes;

namespace InferenceServer.Evaluation.Online;

/// <summary>One plan of an online experiment.</summary>
/// <param name="Strategies">The plan as JSON, an array as in a request.</param>
public sealed record OnlineArm(string Name, string Strategies);

/// <summary>
/// An A/B test as a team would run it: each problem is a request to a server, answered by the arm that it is dealt; whether the answer was right is posted as feedback; and it ends as soon as
/// the server's intervals, which may be looked at as often as one likes, say so. Nothing is computed here.
/// </summary>
public sealed record OnlineExperiment
{
    /// <summary>The label's name.</summary>
    public const string Metric = "correct";

    public required string Name { get; init; }

    /// <summary>The others are compared with the first.</summary>
    public required IReadOnlyList<OnlineArm> Arms { get; init; }
    public double Temperature { get; init; } = 0.8;
    public int MaxTokens { get; init; } = 256;

    /// <summary>Problems asked side by side.</summary>
    public int Parallel { get; init; } = 4;

    /// <summary>Problems between two looks.</summary>
    public int Step { get; init; } = 50;

    /// <summary>Asks until every arm has a verdict, or the problems are used up. An experiment that was interrupted goes on with the problems that were not asked.</summary>
    /// <param name="onLook">Hears what the experiment says at each look.</param>
    /// <exception cref="EvaluationException">The server refused, or cannot be reached.</exception>
    public async Task<OnlineResult> RunAsync(ExperimentClient client, IReadOnlyList<Problem> problems, Action<JsonNode> onLook, CancellationToken cancellationToken)
    {
        string model = "", fingerprint = "";
        JsonNode? report = await client.ReportAsync(Name, cancellationToken);
        int next = report is null ? 0 : ExposuresOf(report);
        while (next < problems.Count && (report is null || !HasVerdicts(report)))
        {
            int end = Math.Min(problems.Count, next + Step);
            await System.Threading.Tasks.Parallel.ForEachAsync(Enumerable.Range(next, end - next), new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken }, async (index, token) =>
            {
                OnlineAnswer answer = await client.AskAsync(this, index, problems[index].Question, token);
                (model, fingerprint) = (answer.Model, answer.Fingerprint);
                // While state is away an answer does not count, and takes no label.
                if (answer.IsExposed)
                    await client.SayAsync(answer.Id, problems[index].IsRight(answer.Text), token);
                else if (answer.Reason != "state_unavailable")
                    throw new EvaluationException($"A request does not count ({answer.Reason}): the experiment would never end.");
            });
            next = end;
            report = await client.ReportAsync(Name, cancellationToken) ?? throw new EvaluationException($"The experiment '{Name}' is gone.");
            onLook(report);
        }
        if (report is null)
            throw new EvaluationException("There are no problems to ask.");
        JsonNode history = await client.HistoryAsync(Name, cancellationToken) ?? throw new EvaluationException($"The experiment '{Name}' is gone.");
        return new(model, fingerprint, report, history, HasVerdicts(report));
    }

    /// <summary>Whether every arm is known to be better, worse, or no different.</summary>
    public static bool HasVerdicts(JsonNode report) => report["arms"]!.AsArray().Skip(1).All(arm => (string?)arm!["metrics"]?[Metric]?["verdict"] is { } verdict && verdict != "too_early");

    public static int ExposuresOf(JsonNode report) => report["arms"]!.AsArray().Sum(arm => (int)arm!["exposures"]!);

    /// <summary>A line for the console.</summary>
    public static string Line(JsonNode report) => string.Create(CultureInfo.InvariantCulture, $"{ExposuresOf(report)} exposures: ")
        + string.Join("; ", report["arms"]!.AsArray().Select(arm => arm!["metrics"]?[Metric] is { } metric
            ? string.Create(CultureInfo.InvariantCulture, $"{arm["name"]} {100 * (double)metric["mean"]!:0.0} %") + (metric["words"] is { } words ? $", {words}" : "") : $"{arm["name"]}: nothing yet"));
}

/// <summary>How an online experiment ended.</summary>
/// <param name="Model">Its name; empty when nothing was left to ask.</param>
/// <param name="Report">GET /api/experiments/{name}.</param>
/// <param name="History">GET /api/experiments/{name}/history.</param>
/// <param name="HasVerdicts">Whether it ended because every arm had its verdict.</param>
public sealed record OnlineResult(string Model, string Fingerprint, JsonNode Report, JsonNode History, bool HasVerdicts);
