using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using InferenceServer.Evaluation.Measuring;
using InferenceServer.Evaluation.Reports;
using InferenceServer.Plugins;
using InferenceServer.Trainer.Statistics;

namespace InferenceServer.Evaluation.Claims;

/// <summary>
/// Putting the question before the model again in mid-solution helps, at equal limits of tokens: against stopping and going on with nothing put in, and against not stopping. Forced
/// tokens count against the limit. Where the first stage ends is chosen on validation problems.
/// </summary>
[Plugin("echo", "Echoic prompting against two plain stages and one stage, at equal limits of tokens.", Paper = "arXiv:2602.06600")]
public sealed class EchoClaim : IClaim<EchoClaimOptions>
{
    public long Completions(EchoClaimOptions options) => options.Samples * (3L * options.Count * options.MaxTokens.Count + (long)options.Validation * options.FirstStages.Count);

    public async Task<ClaimReport> RunAsync(EchoClaimOptions options, Laboratory laboratory, CancellationToken cancellationToken)
    {
        IReadOnlyList<Problem> problems = options.LoadProblems(), validation = options.GenerateValidation();
        Arm Of(string mode, int firstStage, int maxTokens) => new($"{mode}, {maxTokens} tokens", FormattableString.Invariant($"[{{\"name\":\"echoic_prompting\",\"mode\":\"{mode}\",\"first_stage\":{firstStage}}}]"))
        {
            Temperature = options.Temperature,
            Samples = options.Samples,
            MaxTokens = maxTokens,
        };
        var tried = new List<(int FirstStage, double Accuracy)>();
        foreach (int firstStage in options.FirstStages)
        {
            Arm arm = Of("echo", firstStage, options.MaxTokens[^1]) with { Name = $"echo after {firstStage}, validation" };
            tried.Add((firstStage, Paired.Accuracy(await laboratory.RunAsync(arm, validation, cancellationToken), validation).Average()));
        }
        int chosen = tried.MaxBy(t => t.Accuracy).FirstStage;

        var report = new ClaimReport("Echoic prompting");
        report.Text.Add(FormattableString.Invariant($"{problems.Count} problems, {options.Samples} answers to each at temperature {options.Temperature}. The first stage of {chosen} tokens (and on to the end of its step) was chosen among {string.Join(", ", options.FirstStages)} on {validation.Count} problems of the training split. ")
            + "All three plans have the same limit of tokens, which forced tokens count against, and the same random streams: `two_stage_plain` says what `single` says, unless stopping itself changes something.");
        foreach (int maxTokens in options.MaxTokens)
        {
            var measured = new List<MeasuredArm>();
            foreach (string mode in (string[])["two_stage_plain", "single", "echo"])
            {
                Arm arm = Of(mode, chosen, maxTokens);
                measured.Add(MeasuredArm.Of(arm, await laboratory.RunAsync(arm, problems, cancellationToken), problems));
            }
            report.Tables.Add(Paired.Table($"At most {maxTokens} tokens", measured));
            Interval difference = Paired.Difference(measured[2].Accuracy, measured[0].Accuracy);
            report.Measures[$"echo above two_stage_plain, {maxTokens}"] = difference;
            if (maxTokens == options.MaxTokens[^1])
                report.Headlines.Add(new("echoic prompting", "two plain stages, equal limit of tokens", "accuracy", Figures.Percent(Bootstrap.Mean(measured[2].Accuracy)), Figures.Percent(Bootstrap.Mean(measured[0].Accuracy)), Figures.Points(difference)));
        }
        return report;
    }
}

public sealed record EchoClaimOptions : ClaimOptions
{
    [Description("Answers to each problem.")]
    [Range(1, 64)]
    public int Samples { get; init; } = 4;

    [Description("Tokens of the first stage to choose from.")]
    public IReadOnlyList<int> FirstStages { get; init; } = [12, 24, 40];

    [Description("Limits of tokens to measure at, the most generous last.")]
    public IReadOnlyList<int> MaxTokens { get; init; } = [128, 256];
}
