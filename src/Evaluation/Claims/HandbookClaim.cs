using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using InferenceServer.Evaluation.Measuring;
using InferenceServer.Evaluation.Reports;
using InferenceServer.Plugins;
using InferenceServer.Trainer.Statistics;

namespace InferenceServer.Evaluation.Claims;

/// <summary>
/// Behaviours that fit the question make answers shorter at equal accuracy: against behaviours drawn at random from the same handbook, and against none. What the behaviours add to the
/// prompt is counted. How many are shown is chosen on validation problems.
/// </summary>
[Plugin("handbook", "A handbook's fitting behaviours against random ones and none: accuracy and net tokens.", Paper = "arXiv:2509.13237")]
public sealed class HandbookClaim : IClaim<HandbookClaimOptions>
{
    /// <summary>What a token written costs in tokens read, as APIs price them.</summary>
    private const double OutputPrice = 4;

    public long Completions(HandbookClaimOptions options) => options.Samples * (3L * options.Count + (long)options.Validation * options.Ks.Count);

    public async Task<ClaimReport> RunAsync(HandbookClaimOptions options, Laboratory laboratory, CancellationToken cancellationToken)
    {
        IReadOnlyList<Problem> problems = options.LoadProblems(), validation = options.GenerateValidation();
        Arm Of(string name, string retrieval, int k) => new(name, FormattableString.Invariant($"[{{\"name\":\"handbook\",\"handbook\":\"{options.Handbook}\",\"k\":{k},\"retrieval\":\"{retrieval}\"}}]"))
        {
            Temperature = options.Temperature,
            Samples = options.Samples,
        };
        var tried = new List<(int K, double Accuracy)>();
        foreach (int k in options.Ks)
            tried.Add((k, Paired.Accuracy(await laboratory.RunAsync(Of($"handbook of {k}, validation", "bm25", k), validation, cancellationToken), validation).Average()));
        int chosen = tried.MaxBy(t => t.Accuracy).K;

        // Not the empty plan, whose answers share one prompt.
        Arm[] arms = [Of("shuffled handbook", "random", chosen), Of("handbook", "bm25", chosen), new Arm("no handbook", "[{\"name\":\"plain\"}]") { Temperature = options.Temperature, Samples = options.Samples }];
        var outcomes = new List<TrialOutcome[]>();
        foreach (Arm arm in arms)
            outcomes.Add(await laboratory.RunAsync(arm, problems, cancellationToken));
        MeasuredArm[] measured = [.. arms.Zip(outcomes, (arm, of) => MeasuredArm.Of(arm, of, problems))];

        var report = new ClaimReport("Handbook");
        report.Text.Add(FormattableString.Invariant($"{problems.Count} problems, {options.Samples} answers to each at temperature {options.Temperature}; {chosen} behaviours (chosen among {string.Join(", ", options.Ks)} on {validation.Count} problems of the training split) of the handbook `{options.Handbook}`, by shared words. ")
            + "The shuffled handbook shows as many of its behaviours at random. A negative saving is a cost.");
        report.Tables.Add(Paired.Table("Accuracy", measured));
        MeasuredArm none = measured[2];
        double[] Price(MeasuredArm arm) => [.. arm.PromptTokens.Zip(arm.CompletionTokens, (prompt, output) => prompt + OutputPrice * output)];
        double[] Total(MeasuredArm arm) => [.. arm.PromptTokens.Zip(arm.CompletionTokens, (prompt, output) => prompt + output)];
        Interval Saved(double[] of, double[] from) => Paired.Share([.. from.Zip(of, (a, b) => a - b)], from);
        var rows = new List<IReadOnlyList<string>>();
        foreach (MeasuredArm arm in measured.Take(2))
        {
            Interval output = Saved(arm.CompletionTokens, none.CompletionTokens), all = Saved(Total(arm), Total(none)), price = Saved(Price(arm), Price(none));
            rows.Add([arm.Name, Figures.Percent(output), Figures.Percent(all), Figures.Percent(price)]);
            report.Measures[$"{arm.Name}, output tokens saved"] = output;
            report.Measures[$"{arm.Name}, net tokens saved"] = all;
            report.Measures[$"{arm.Name}, net price saved"] = price;
        }
        report.Tables.Add(new("Saved against no handbook", ["plan", "output tokens", "prompt and output tokens", FormattableString.Invariant($"with output at {OutputPrice} times the price of input")], rows));
        Interval againstShuffled = Paired.Difference(measured[1].Accuracy, measured[0].Accuracy), againstNone = Paired.Difference(measured[1].Accuracy, none.Accuracy);
        report.Measures["handbook above shuffled"] = againstShuffled;
        report.Measures["handbook above none"] = againstNone;
        string result = Figures.Percent(Bootstrap.Mean(measured[1].Accuracy));
        report.Headlines.Add(new("handbook", "shuffled handbook", "accuracy", result, Figures.Percent(Bootstrap.Mean(measured[0].Accuracy)), Figures.Points(againstShuffled)));
        report.Headlines.Add(new("handbook", "none", "accuracy, and net tokens saved", $"{result}, {Figures.Percent(report.Measures["handbook, net tokens saved"])}", Figures.Percent(Bootstrap.Mean(none.Accuracy)), Figures.Points(againstNone)));
        return report;
    }
}

public sealed record HandbookClaimOptions : ClaimOptions
{
    [Description("Name of the handbook: of the recipe's file, of the task's own hints (\"task\"), or on the server that is measured.")]
    public string Handbook { get; init; } = HandbookFile.Task;

    [Description("Answers to each problem.")]
    [Range(1, 64)]
    public int Samples { get; init; } = 4;

    [Description("Numbers of behaviours to choose from.")]
    public IReadOnlyList<int> Ks { get; init; } = [1, 2, 4];
}
