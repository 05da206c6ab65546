using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using InferenceServer.Evaluation.Reports;

namespace InferenceServer.Evaluation.Online;

/// <summary>What an online experiment found, as a page for the documentation.</summary>
public static class OnlinePage
{
    private const int MaxPoints = 16;

    /// <param name="command">What makes the page.</param>
    /// <param name="problems">Where the problems are from.</param>
    public static string Write(OnlineExperiment experiment, OnlineResult result, string command, string problems, DateTimeOffset date)
    {
        JsonNode report = result.Report;
        JsonObject[] arms = [.. report["arms"]!.AsArray().Select(arm => arm!.AsObject())];
        int exposures = OnlineExperiment.ExposuresOf(report);
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"""
            # An experiment on the server

            Written by `{command}`; do not edit by hand.

            Each problem is a request to the server's HTTP API with the arms in its `experiment` field; whether the answer was right is posted to `/api/feedback`; after every {experiment.Step} problems
            `GET /api/experiments/{experiment.Name}` is read, and the experiment {(result.HasVerdicts ? $"ended when every arm had its verdict, after {exposures:n0} exposures" : $"was still too early to tell for some arm when {exposures:n0} exposures were made")}. Looking that often costs nothing: the intervals
            are always valid.

            - Model: `{result.Model}` ({result.Fingerprint}); temperature {experiment.Temperature}, at most {experiment.MaxTokens} tokens a candidate
            - Problems: {problems}, each asked once
            - Machine: {Machine.Describe()}; {date:yyyy-MM-dd}
            - Sample ratio: p = {(double)report["sample_ratio"]!["p_value"]!:0.###}, {((bool)report["sample_ratio"]!["alarm"]! ? "ALARM: some arm lost requests" : "no alarm")}

            | arm | exposures | right | against {arms[0]["name"]} | 95 % at every moment | verdict |
            | --- | ---: | ---: | ---: | ---: | --- |

            """);
        foreach (JsonObject arm in arms)
        {
            JsonNode? metric = arm["metrics"]![OnlineExperiment.Metric];
            page.Append(CultureInfo.InvariantCulture, $"| {arm["name"]} | {(int)arm["exposures"]!:n0} | {(metric is null ? "" : $"{100 * (double)metric["mean"]!:0.0} %")} | {Points(metric?["effect"])} | {Ends(metric?["interval"], 100, "points")} | {metric?["words"]} |\n");
        }
        page.Append("\nWhat an answer costs:\n\n| arm | tokens | against the first | 95 % at every moment | GFLOPs | ms |\n| --- | ---: | ---: | ---: | ---: | ---: |\n");
        foreach (JsonObject arm in arms)
        {
            JsonNode? tokens = arm["metrics"]!["tokens"];
            page.Append(CultureInfo.InvariantCulture, $"| {arm["name"]} | {Mean(tokens):0} | {(double?)tokens?["effect"]:+0;-0} | {Ends(tokens?["interval"], 1, "")} | {Mean(arm["metrics"]!["flops"]) / 1e9:0.0} | {Mean(arm["metrics"]!["latency_ms"]):0} |\n");
        }
        page.Append("\nHow the difference to the first arm grew, in points of right answers:\n\n| exposures |");
        JsonObject[] grown = [.. result.History["arms"]!.AsArray().Select(arm => arm!.AsObject())];
        page.AppendJoin(" |", grown.Select(arm => $" {arm["name"]}")).Append(" |\n| ---: |").AppendJoin("", grown.Select(_ => " ---: |")).Append('\n');
        foreach (long at in Thinned([.. grown.SelectMany(arm => arm["points"]!.AsArray()).Select(point => (long)point!["exposures"]!).Distinct().Order()]))
            page.Append(CultureInfo.InvariantCulture, $"| {at:n0} | {string.Join(" | ", grown.Select(arm => PointAt(arm, at)))} |\n");
        page.Append("\nThe arms:\n\n");
        foreach (OnlineArm arm in experiment.Arms)
            page.Append(CultureInfo.InvariantCulture, $"- {arm.Name}: `{arm.Strategies}`\n");
        return page.ToString();
    }

    private static string PointAt(JsonObject arm, long exposures) => arm["points"]!.AsArray().FirstOrDefault(point => (long)point!["exposures"]! == exposures) is { } point
        ? $"{Points(point["effect"])} ({Ends(point["interval"], 100, "")})" : "";

    private static string Points(JsonNode? effect) => effect is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{100 * (double)effect:+0.0;-0.0;0.0}");

    private static string Ends(JsonNode? interval, double scale, string unit) => interval is null ? ""
        : string.Create(CultureInfo.InvariantCulture, $"{scale * (double)interval[0]!:+0.0;-0.0;0.0} to {scale * (double)interval[1]!:+0.0;-0.0;0.0} {unit}").TrimEnd();

    private static double? Mean(JsonNode? metric) => (double?)metric?["mean"];

    /// <summary>The last, and evenly many before it.</summary>
    private static IEnumerable<long> Thinned(long[] points) => points.Length <= MaxPoints ? points
        : Enumerable.Range(0, MaxPoints).Select(i => points[(int)((long)i * (points.Length - 1) / (MaxPoints - 1))]);
}
