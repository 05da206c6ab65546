using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using InferenceServer.Evaluation.Measuring;
using InferenceServer.Evaluation.Reports;
using InferenceServer.Plugins;
using InferenceServer.Strategies.Answers;
using InferenceServer.Trainer.Statistics;

namespace InferenceServer.Evaluation.Claims;

/// <summary>
/// Feedback in changing emotional tones gets more problems right than feedback without any tone, and than as many independent samples. With a verifier that knows the answer (an oracle,
/// reported as such), with one that only recomputes the equations, and without any.
/// </summary>
[Plugin("heart", "Emotional feedback against neutral feedback and independent samples, at equal calls.", Paper = "arXiv:2509.22876")]
public sealed class HeartClaim : IClaim<HeartClaimOptions>
{
    public long Completions(HeartClaimOptions options) => 9L * options.Count * (options.Rounds + 1);

    public async Task<ClaimReport> RunAsync(HeartClaimOptions options, Laboratory laboratory, CancellationToken cancellationToken)
    {
        IReadOnlyList<Problem> problems = options.LoadProblems();
        int calls = options.Rounds + 1;
        var report = new ClaimReport("HEART");
        report.Text.Add(FormattableString.Invariant($"{problems.Count} problems, at most {calls} calls each at temperature {options.Temperature}: one attempt and {options.Rounds} rounds of feedback, or {calls} independent samples. Nothing was tuned. ")
            + "Feedback says which step or that the answer is wrong, as far as the verifier knows; `alternate` and `neutral` differ in the sentence before it alone. Rates are over consecutive attempts: `fixed` wrong to right, `spoiled` right to wrong, `changed` another answer than before.");
        (string Label, Func<Problem, string> Verifiers, string Guidance, string Resample)[] settings =
        [
            ("verifier that knows the answer (oracle)", problem => $"[{{\"name\":\"numeric\",\"reference\":{JsonSerializer.Serialize(problem.Answer)}}}]", "verifier", FormattableString.Invariant($"[{{\"name\":\"best_of_n\",\"n\":{calls},\"select\":\"verifier\"}}]")),
            ("verifier that recomputes the equations (step_arithmetic)", _ => "[{\"name\":\"step_arithmetic\"}]", "verifier", FormattableString.Invariant($"[{{\"name\":\"best_of_n\",\"n\":{calls},\"select\":\"verifier\"}}]")),
            ("no verifier, vote", _ => "[]", "vote", FormattableString.Invariant($"[{{\"name\":\"self_consistency\",\"n\":{calls},\"early_stop\":false}}]")),
        ];
        foreach (var (label, verifiers, guidance, resample) in settings)
        {
            string Heart(string tone) => FormattableString.Invariant($"[{{\"name\":\"heart\",\"rounds\":{options.Rounds},\"tone\":\"{tone}\",\"guidance\":\"{guidance}\"}}]");
            Arm[] arms = [new("heart, neutral", Heart("neutral")), new("heart, alternate", Heart("alternate")), new($"{calls} independent samples", resample)];
            var measured = new List<MeasuredArm>();
            var rates = new List<IReadOnlyList<string>>();
            foreach (Arm arm in arms)
            {
                TrialOutcome[] outcomes = await laboratory.RunAsync(arm with { Temperature = options.Temperature, Verifiers = verifiers, WithAttempts = true }, problems, cancellationToken);
                measured.Add(MeasuredArm.Of(arm, outcomes, problems));
                rates.Add([arm.Name, .. Rates(outcomes, problems, calls).Select(rate => rate is { } r ? Figures.Percent(r) : "none"), FormattableString.Invariant($"{outcomes.Average(o => (double)Math.Min(calls, o.Attempts.Count)):f2}")]);
            }
            report.Tables.Add(Paired.Table(Capital(label), measured));
            report.Tables.Add(new($"Attempt by attempt: {label}", ["plan", "fixed", "spoiled", "changed", "attempts"], rates));
            Interval tone = Paired.Difference(measured[1].Accuracy, measured[0].Accuracy), samples = Paired.Difference(measured[1].Accuracy, measured[2].Accuracy);
            report.Measures[$"alternate above neutral, {label}"] = tone;
            report.Measures[$"alternate above independent samples, {label}"] = samples;
            if (guidance == "verifier")
            {
                string result = Figures.Percent(Bootstrap.Mean(measured[1].Accuracy));
                report.Headlines.Add(new($"HEART, {label}", "neutral tone, equal calls", "accuracy", result, Figures.Percent(Bootstrap.Mean(measured[0].Accuracy)), Figures.Points(tone)));
                report.Headlines.Add(new($"HEART, {label}", $"{calls} independent samples", "accuracy", result, Figures.Percent(Bootstrap.Mean(measured[2].Accuracy)), Figures.Points(samples)));
            }
        }
        return report;
    }

    /// <summary>Shares of consecutive attempts; null where there are none.</summary>
    private static IEnumerable<Interval?> Rates(IReadOnlyList<TrialOutcome> outcomes, IReadOnlyList<Problem> problems, int calls)
    {
        var attempts = outcomes.Zip(problems, (outcome, problem) => outcome.Attempts.Take(calls).Select(text => (Right: problem.IsRight(text), Answer: AnswerExtractor.Extract(text))).ToArray()).ToArray();
        yield return Of((before, _) => !before.Right, (_, after) => after.Right);
        yield return Of((before, _) => before.Right, (_, after) => !after.Right);
        yield return Of((_, _) => true, (before, after) => before.Answer is null ? after.Answer is not null : after.Answer is null || !AnswerEquality.Same(before.Answer, after.Answer));

        Interval? Of(Func<(bool Right, ExtractedAnswer? Answer), (bool Right, ExtractedAnswer? Answer), bool> among, Func<(bool Right, ExtractedAnswer? Answer), (bool Right, ExtractedAnswer? Answer), bool> share)
        {
            (double, double)[] counts = [.. attempts.Select(of =>
            {
                var pairs = of.Zip(of.Skip(1)).Where(pair => among(pair.First, pair.Second)).ToArray();
                return ((double)pairs.Count(pair => share(pair.First, pair.Second)), (double)pairs.Length);
            }).Where(count => count.Item2 > 0)];
            return counts.Length == 0 ? null : Bootstrap.Ratio(counts);
        }
    }

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}

public sealed record HeartClaimOptions : ClaimOptions
{
    [Description("Rounds of feedback.")]
    [Range(1, 16)]
    public int Rounds { get; init; } = 4;
}
