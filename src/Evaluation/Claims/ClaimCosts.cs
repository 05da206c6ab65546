using System.Globalization;
using InferenceServer.Evaluation.Measuring;
using Spectre.Console;

namespace InferenceServer.Evaluation.Claims;

/// <summary>Says what each claim will cost before it is paid, from a small probe of the target's speed.</summary>
internal static class ClaimCosts
{
    private const int ProbeProblems = 4, ProbeSamples = 16;

    public static async Task ShowAsync(IAnsiConsole console, IReadOnlyList<BoundClaim> claims, Measurement measurement, TimeProvider time, CancellationToken cancellationToken)
    {
        IReadOnlyList<Problem> problems = Problem.Generate(seed: 2, ProbeProblems);
        using var nowhere = new Journal();
        var probe = new Measurement(measurement.Target, nowhere, measurement.MaxTokens, measurement.Seed);
        long started = time.GetTimestamp();
        TrialOutcome[] outcomes = await probe.RunAsync(new Arm("probe", "[]") { Samples = ProbeSamples }, problems, () => { }, cancellationToken: cancellationToken);
        double tokens = outcomes.Sum(o => (double)o.Bill.Completion), perCompletion = tokens / (ProbeProblems * ProbeSamples), perSecond = tokens / Math.Max(1e-3, time.GetElapsedTime(started).TotalSeconds);
        var table = new Table().Border(TableBorder.Rounded).Title(string.Create(CultureInfo.InvariantCulture, $"At most, at {perCompletion:f0} tokens a completion and {perSecond:f0} tokens a second; what the journal holds is free"));
        foreach (string column in (string[])["claim", "completions", "tokens", "minutes"])
            table.AddColumn(new TableColumn(column));
        foreach (BoundClaim claim in claims)
        {
            bool measured = claim.Lacks(measurement.Target) is null;
            double cost = measured ? claim.Completions * perCompletion : 0;
            table.AddRow(claim.Name, measured ? claim.Completions.ToString("n0", CultureInfo.InvariantCulture) : "not measured", cost.ToString("n0", CultureInfo.InvariantCulture), (cost / perSecond / 60).ToString("f1", CultureInfo.InvariantCulture));
        }
        console.Write(table);
    }
}
