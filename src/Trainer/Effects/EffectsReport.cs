using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using InferenceServer.Trainer.Statistics;

namespace InferenceServer.Trainer.Effects;

/// <summary>What the formats do for a policy.</summary>
/// <param name="Samples">Of the direct arm; the others have half as many.</param>
public sealed record EffectsReport(string Policy, int Samples, double Temperature, IReadOnlyList<EffectReport> Effects)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    public void Save(string path) => File.WriteAllText(path, JsonSerializer.Serialize(this, Json) + "\n");

    public static EffectsReport Load(string path) => JsonSerializer.Deserialize<EffectsReport>(File.ReadAllBytes(path), Json)!;

    /// <summary>Tables to go into a document, headings of the third level.</summary>
    public string Markdown()
    {
        var text = new StringBuilder();
        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
        Line($"`{Policy}` at temperature {Temperature}, {Samples} samples of each direct question and {Math.Max(1, Samples / 2)} of each other arm. 95 % intervals, bootstrapped over problems; differences are paired by problem, accuracies in");
        Line($"percent and differences of them in points; those of the tiers that occur stand from easy to hard. Tokens are those written for one completion. In all the model wrote {Effects.Sum(e => e.Tokens):n0} tokens and read {Effects.Sum(e => e.PromptTokens):n0}.");
        foreach (var effect in Effects)
        {
            int[] tiers = [.. effect.Arms.SelectMany(arm => arm.Tiers.Keys).Distinct().Order()];
            Line($"");
            Line($"### {Capital(effect.Name)}");
            Line($"");
            Line($"{effect.Idea} {effect.Tokens:n0} tokens written, {effect.PromptTokens:n0} read.");
            if (effect.Arms.Count > 0)
            {
                Line($"");
                Line($"| asked | problems | accuracy | by tier | tokens | against | accuracy, difference | tokens, difference |");
                Line($"| --- | --- | --- | --- | --- | --- | --- | --- |");
            }
            foreach (var arm in effect.Arms)
                Line($"| {arm.Name} | {arm.Problems} | {Percent(arm.Accuracy)} | {(tiers.Length > 1 ? string.Join(" / ", tiers.Select(tier => arm.Tiers.TryGetValue(tier, out var accuracy) ? (100 * accuracy.Estimate).ToString("f0", CultureInfo.InvariantCulture) : "-")) : "")} | {arm.Tokens.Estimate:f1} | {arm.Against} | {(arm.AccuracyDifference is { } difference ? Percent(difference, signed: true) : "")} | {(arm.TokensDifference is { } tokens ? Number(tokens, "+0.0;-0.0;0.0") : "")} |");
            if (effect.Rates.Count > 0)
            {
                Line($"");
                Line($"| counted | problems | value |");
                Line($"| --- | --- | --- |");
            }
            foreach (var rate in effect.Rates)
                Line($"| {rate.Name} | {rate.Count} | {(rate.Count == 0 || double.IsNaN(rate.Value.Estimate) ? "none" : rate.IsShare ? Percent(rate.Value) + " %" : Number(rate.Value, "0.00"))} |");
        }
        return text.ToString();
    }

    private static string Percent(Interval x, bool signed = false) => Number(new(100 * x.Low, 100 * x.Estimate, 100 * x.High), signed ? "+0.0;-0.0;0.0" : "0.0");

    private static string Number(Interval x, string format) =>
        string.Create(CultureInfo.InvariantCulture, $"{x.Estimate.ToString(format, CultureInfo.InvariantCulture)} ({x.Low.ToString(format, CultureInfo.InvariantCulture)} to {x.High.ToString(format, CultureInfo.InvariantCulture)})");

    private static string Capital(string name) => char.ToUpperInvariant(name[0]) + name[1..];
}
