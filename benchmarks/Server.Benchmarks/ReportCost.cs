using System.Diagnostics;
using System.Globalization;
using InferenceServer.Experiments;
using InferenceServer.Server.State;

namespace InferenceServer.Server.Benchmarks;

/// <summary>What a report of an experiment costs: the first, which reads every exposure, and one of an experiment that did not change since.</summary>
internal static class ReportCost
{
    private const string Tenant = "default", Name = "report";
    private const int Repetitions = 7;

    public static async Task RunAsync(int[] sizes)
    {
        Console.WriteLine($"SQLite, one label and twelve metrics for each exposure; median of {Repetitions}.");
        Console.WriteLine();
        Console.WriteLine("| exposures | made anew, ms | unchanged, ms |");
        Console.WriteLine("| ---: | ---: | ---: |");
        foreach (int size in sizes)
        {
            string folder = Directory.CreateTempSubdirectory("report-benchmarks-").FullName;
            try
            {
                await using var state = new SqliteState(Path.Combine(folder, "state.db"), TimeProvider.System);
                await MeasureAsync(state, size);
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    private static async Task MeasureAsync(SqliteState state, int size)
    {
        var labels = new LabelStore(state, TimeProvider.System);
        var exposures = new ExposureStore(state, labels);
        var experiment = new Experiment(Name, [new Arm("a"), new Arm("b")], DateTimeOffset.UnixEpoch);
        foreach (int[] some in Enumerable.Range(0, size).Chunk(256))
            await Task.WhenAll(some.Select(async i =>
            {
                string request = $"request-{i}";
                await exposures.AddAsync(Tenant, Name, new Exposure(request, i % 2 == 0 ? "a" : "b", request, 0, DateTimeOffset.UnixEpoch, 40, Metrics(i)), default);
                await labels.SetAsync(Tenant, request, "correct", i % 3 == 0 ? 1 : 0, false, default);
            }));
        List<double> anew = [], unchanged = [];
        for (int i = 0; i < Repetitions; i++)
        {
            var reports = new ExperimentReports(exposures, labels);
            anew.Add(await TimeAsync(reports, experiment));
            unchanged.Add(await TimeAsync(reports, experiment));
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {size:N0} | {anew.Order().ElementAt(Repetitions / 2):F1} | {unchanged.Order().ElementAt(Repetitions / 2):F2} |"));
    }

    private static async Task<double> TimeAsync(ExperimentReports reports, Experiment experiment)
    {
        long start = Stopwatch.GetTimestamp();
        await reports.ReadAsync(Tenant, experiment, default);
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static Dictionary<string, double> Metrics(int i) => new()
    {
        [BuiltInMetrics.Abstained] = 0,
        [BuiltInMetrics.Error] = 0,
        [BuiltInMetrics.Abandoned] = 0,
        [BuiltInMetrics.LatencyMs] = 40 + i % 17,
        [BuiltInMetrics.Tokens] = 60 + i % 29,
        [BuiltInMetrics.PromptTokens] = 40,
        [BuiltInMetrics.CachedTokens] = 0,
        [BuiltInMetrics.AnswerTokens] = 20 + i % 29,
        [BuiltInMetrics.DiscardedTokens] = 0,
        [BuiltInMetrics.ForcedTokens] = 0,
        [BuiltInMetrics.ScorerTokens] = 0,
        [BuiltInMetrics.Flops] = 1e9 + i % 31,
    };
}
