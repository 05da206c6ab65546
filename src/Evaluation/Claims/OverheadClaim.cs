using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using InferenceServer.Engine;
using InferenceServer.Evaluation.Measuring;
using InferenceServer.Evaluation.Reports;
using InferenceServer.Plugins;
using InferenceServer.Strategies;
using InferenceServer.Trainer.Statistics;

namespace InferenceServer.Evaluation.Claims;

/// <summary>
/// Sixteen candidates take far less than sixteen times as long as one, since a batch's rows share the reading of the weights; and the strategy layer itself costs next to nothing. One
/// request at a time; the plans of one problem run one after the other, with the prompt in the prefix cache.
/// </summary>
[Plugin("overhead", "Wall time of best-of-N over one sample, and the strategy layer's own share.")]
public sealed class OverheadClaim : IClaim<OverheadClaimOptions>
{
    /// <summary>The fastest of so many counts: what else the machine does only ever adds time.</summary>
    private const int Turns = 5;

    public long Completions(OverheadClaimOptions options) => options.Count * (2L + (1 + 2 * Turns) * options.N);

    public string? Lacks(OverheadClaimOptions options, ITarget target) => target.Local is null ? "Only in this process can the strategy layer be told from the network (--model)." : null;

    public async Task<ClaimReport> RunAsync(OverheadClaimOptions options, Laboratory laboratory, CancellationToken cancellationToken)
    {
        LocalTarget local = laboratory.Local!;
        IReadOnlyList<Problem> problems = options.LoadProblems();
        string bestOfN = FormattableString.Invariant($"[{{\"name\":\"best_of_n\",\"n\":{options.N},\"select\":\"likelihood\"}}]");
        List<double> one = [], many = [], layered = [], bare = [];
        for (int i = 0; i < problems.Count; i++)
        {
            GenerationRequest Request(string strategies) => local.Request(new Trial { Question = problems[i].Question, Strategies = strategies, MaxTokens = laboratory.Measurement.MaxTokens, Seed = (ulong)i, Temperature = options.Temperature });
            GenerationRequest plain = Request("[]"), best = Request(bestOfN), endless = best with { IgnoreEndToken = true, MaxTokens = options.Tokens };
            await RunAsync(local, plain, cancellationToken);   // the prompt into the cache
            one.Add(await TimeAsync(laboratory.Time, () => RunAsync(local, plain, cancellationToken)));
            many.Add(await TimeAsync(laboratory.Time, () => RunAsync(local, best, cancellationToken)));
            Task Layered() => RunAsync(local, endless, cancellationToken);
            Task Bare() => DecodeAsync(local.Model, endless, options.N, cancellationToken);
            (double withLayer, double without) = (double.PositiveInfinity, double.PositiveInfinity);
            for (int turn = 0; turn < Turns; turn++)
            {
                withLayer = Math.Min(withLayer, await TimeAsync(laboratory.Time, Layered));
                without = Math.Min(without, await TimeAsync(laboratory.Time, Bare));
            }
            layered.Add(withLayer);
            bare.Add(without);
        }
        Interval ratio = Median([.. many.Zip(one, (a, b) => a / b)]), share = Median([.. layered.Zip(bare, (a, b) => (a - b) / a)]);
        var report = new ClaimReport("Overhead");
        report.Text.Add(FormattableString.Invariant($"{problems.Count} problems, one request at a time; medians over problems. The layer's share is that of best-of-{options.N} through the pipeline against {options.N} sequences read from the engine directly, each of exactly {options.Tokens} tokens, the fastest of {Turns} turns each; noise can make it negative."));
        report.Tables.Add(new("Wall time", ["measure", "value"],
        [
            ["one sample", $"{Figures.Milliseconds(Middle(one))} ms"], [$"best-of-{options.N}", $"{Figures.Milliseconds(Middle(many))} ms"],
            [$"best-of-{options.N} over one sample", $"{Figures.Number(ratio)} times"], ["share of the strategy layer", Figures.Percent(share)],
        ]));
        report.Measures["best-of-n over one"] = ratio;
        report.Measures["strategy layer's share"] = share;
        report.Headlines.Add(new($"best-of-{options.N}", "one sample", "wall time", $"{Figures.Milliseconds(Middle(many))} ms", $"{Figures.Milliseconds(Middle(one))} ms", $"{Figures.Number(ratio)} times"));
        report.Headlines.Add(new("the strategy layer", "the engine alone", "share of a request's wall time", Figures.Percent(share), "", ""));
        return report;
    }

    private static async Task RunAsync(LocalTarget local, GenerationRequest request, CancellationToken cancellationToken)
    {
        await foreach (Answer _ in local.Pipeline.Start(local.Model, request).RunAsync(cancellationToken))
        {
        }
    }

    /// <summary>What the pipeline asks of the engine, without the pipeline.</summary>
    private static async Task DecodeAsync(ILanguageModel model, GenerationRequest request, int n, CancellationToken cancellationToken)
    {
        SequenceHandle root = model.Start(request.Prompt.Span, new SequenceOptions { Sampling = request.Sampling });
        SequenceHandle[] sequences = [root, .. Enumerable.Range(1, n - 1).Select(_ => root.Fork())];
        await Task.WhenAll(sequences.Select(async sequence =>
        {
            await foreach (SampledToken _ in sequence.DecodeAsync(request.MaxTokens, cancellationToken: cancellationToken))
            {
            }
            await sequence.DisposeAsync();
        }));
    }

    private static async Task<double> TimeAsync(TimeProvider time, Func<Task> run)
    {
        long started = time.GetTimestamp();
        await run();
        return time.GetElapsedTime(started).TotalMilliseconds;
    }

    private static double Middle(IReadOnlyList<double> values) => MathNet.Numerics.Statistics.Statistics.Median(values);

    /// <summary>The median with its bootstrap interval: single requests are hit by whatever else the machine does.</summary>
    private static Interval Median(double[] values)
    {
        const int Resamples = 2000;
        var random = new Random(1);
        double[] drawn = [.. Enumerable.Range(0, Resamples).Select(_ => Middle([.. values.Select(_ => values[random.Next(values.Length)])])).Order()];
        return new(drawn[(int)(0.025 * Resamples)], Middle(values), drawn[(int)(0.975 * Resamples) - 1]);
    }
}

public sealed record OverheadClaimOptions : ClaimOptions
{
    [Description("Candidates.")]
    [Range(2, 64)]
    public int N { get; init; } = 16;

    [Description("Tokens of each sequence when the layer's share is measured.")]
    [Range(1, 512)]
    public int Tokens { get; init; } = 48;
}
