using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using InferenceServer.Experiments;
using InferenceServer.Server.Errors;
using InferenceServer.Server.Requests;
using InferenceServer.Server.State;

namespace InferenceServer.Server.Experiments;

/// <summary>Every exposure of an experiment, a line each, for whoever wants to compute for themselves.</summary>
internal static class ExperimentExport
{
    /// <exception cref="ApiException">Another format.</exception>
    public static Task WriteAsync(HttpContext http, Experiment experiment, ExposureStore exposures, string? format)
    {
        IAsyncEnumerable<LabelledExposure> lines = exposures.ReadAsync(Tenant.Of(http).Name, experiment.Name, http.RequestAborted);
        return format switch
        {
            null or "jsonl" => WriteJsonAsync(http, lines),
            "csv" => WriteCsvAsync(http, lines),
            _ => throw ApiException.InvalidValue("format", $"is '{JsonKind.Shorten(format)}'; allowed are jsonl and csv."),
        };
    }

    private static async Task WriteJsonAsync(HttpContext http, IAsyncEnumerable<LabelledExposure> lines)
    {
        http.Response.ContentType = "application/x-ndjson; charset=utf-8";
        await foreach (LabelledExposure line in lines)
        {
            using (var json = new Utf8JsonWriter(http.Response.BodyWriter))
            {
                json.WriteStartObject();
                json.WriteString("request_id", line.Exposure.Request);
                json.WriteString("arm", line.Exposure.Arm);
                json.WriteString("unit", line.Exposure.Unit);
                json.WriteNumber("period", line.Exposure.Phase);
                json.WriteString("at", line.Exposure.At);
                if (line.Exposure.Decision is { } decision)
                {
                    json.WriteString("context", decision.Bucket);
                    json.WriteNumber("propensity", decision.Propensity);
                }
                json.WriteStartObject("metrics");
                foreach ((string metric, double value) in line.Exposure.Metrics)
                    json.WriteNumber(metric, value);
                json.WriteEndObject();
                json.WriteStartObject("labels");
                foreach ((string label, Label value) in line.Labels)
                    json.WriteNumber(label, value.Value);
                json.WriteEndObject();
                json.WriteEndObject();
            }
            http.Response.BodyWriter.Write("\n"u8);
            await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
        }
    }

    /// <summary>The columns are known only when every line was seen, so the lines are read twice.</summary>
    private static async Task WriteCsvAsync(HttpContext http, IAsyncEnumerable<LabelledExposure> lines)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        await foreach (LabelledExposure line in lines)
            names.UnionWith(line.Exposure.Metrics.Keys.Concat(line.Labels.Keys));
        http.Response.ContentType = "text/csv; charset=utf-8; header=present";
        await http.Response.WriteAsync($"request_id,arm,unit,period,at{string.Concat(names.Select(name => $",{name}"))}\r\n", http.RequestAborted);
        var row = new StringBuilder();
        await foreach (LabelledExposure line in lines)
        {
            // No member can hold a comma, a quote or what a spreadsheet takes for a formula: names begin with a letter or digit.
            row.Clear().Append(CultureInfo.InvariantCulture, $"{line.Exposure.Request},{line.Exposure.Arm},{line.Exposure.Unit},{line.Exposure.Phase},{line.Exposure.At:O}");
            foreach (string name in names)
                row.Append(',').Append(line.Value(name)?.ToString("R", CultureInfo.InvariantCulture));
            await http.Response.WriteAsync(row.Append("\r\n").ToString(), http.RequestAborted);
        }
    }
}
