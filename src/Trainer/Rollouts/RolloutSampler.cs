using InferenceServer.Engine;
using InferenceServer.Engine.Decoding;
using InferenceServer.Modeling;
using InferenceServer.Modeling.Onnx;
using InferenceServer.Modeling.Text;
using InferenceServer.Trainer.Tasks;
using InferenceServer.Trainer.Tokenizing;

namespace InferenceServer.Trainer.Rollouts;

/// <summary>How solutions are sampled.</summary>
/// <param name="Samples">Solutions of each problem.</param>
/// <param name="Temperature">0 is greedy.</param>
/// <param name="MaxTokens">Limit of one solution.</param>
public sealed record RolloutOptions(int Samples, double Temperature, int MaxTokens, ulong Seed);

/// <summary>
/// Samples solutions with the serving engine over the ONNX graph of the weights in training: what is measured here is what is served. A problem's prompt is
/// computed once and forked. The same weights, options and seed give the same solutions in any order of work.
/// </summary>
public sealed class RolloutSampler : IAsyncDisposable
{
    private const int Slots = 64;

    private readonly LlmEngine _engine;
    private readonly ModelTokenizer _tokenizer;
    private readonly int _endOfText;

    public RolloutSampler(ModelConfig config, IWeights weights, ModelTokenizer tokenizer, int threads)
    {
        _tokenizer = tokenizer;
        _endOfText = config.EosTokenIds[0];
        byte[] graph = OnnxDecoderGraph.Build(config, weights, WeightFormat.Fp32);
        _engine = new(OnnxDecoder.Load(graph, new() { Slots = Slots, Capacity = config.ContextLength, Threads = threads }));
    }

    /// <param name="onGroup">Called after each problem with the number of problems done.</param>
    public async Task<RolloutGroup[]> SampleAsync(IReadOnlyList<WordProblem> problems, RolloutOptions options, Action<int>? onGroup = null, CancellationToken cancellationToken = default)
    {
        var groups = new RolloutGroup[problems.Count];
        int done = 0;
        // Enough problems in flight to keep the engine's rows full.
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, 2 * Slots / options.Samples), CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, problems.Count, parallel, async (i, token) =>
        {
            groups[i] = await SampleAsync(problems[i], options with { Seed = options.Seed * 1_000_003 + (ulong)i }, token);
            onGroup?.Invoke(Interlocked.Increment(ref done));
        });
        return groups;
    }

    private async Task<RolloutGroup> SampleAsync(WordProblem problem, RolloutOptions options, CancellationToken cancellationToken)
    {
        int[] prompt = _tokenizer.Encode(ChatFormat.Prompt(problem.Question));
        var sequence = new SequenceOptions { Sampling = new() { Temperature = (float)options.Temperature, Seed = options.Seed }, StopTokens = [_endOfText] };
        await using var root = _engine.Start(prompt, sequence);
        SequenceHandle[] candidates = [root, .. Enumerable.Range(1, options.Samples - 1).Select(_ => root.Fork())];
        try
        {
            return new(problem, await Task.WhenAll(candidates.Select(candidate => ReadAsync(candidate, options.MaxTokens, cancellationToken))));
        }
        finally
        {
            foreach (var fork in candidates.Skip(1))
                await fork.DisposeAsync();
        }
    }

    private async Task<Rollout> ReadAsync(SequenceHandle candidate, int maxTokens, CancellationToken cancellationToken)
    {
        List<int> tokens = [];
        List<float> logProbs = [], values = [];
        await foreach (var token in candidate.DecodeAsync(maxTokens, cancellationToken: cancellationToken))
        {
            tokens.Add(token.Id);
            logProbs.Add(token.LogProb);
            values.Add(token.Value);
        }
        bool finished = candidate.FinishReason == FinishReason.Stop;
        return new([.. tokens], _tokenizer.Decode([.. tokens]), finished, [.. logProbs], [.. values]);
    }

    public ValueTask DisposeAsync() => _engine.DisposeAsync();
}
