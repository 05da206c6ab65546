using InferenceServer.Engine;
using InferenceServer.Engine.Decoding;
using InferenceServer.Modeling;
using InferenceServer.Modeling.Onnx;
using InferenceServer.Modeling.Text;
using InferenceServer.Trainer.Formats;
using InferenceServer.Trainer.Tasks;
using InferenceServer.Trainer.Tokenizing;

namespace InferenceServer.Trainer.Rollouts;

/// <summary>How solutions are sampled.</summary>
/// <param name="Samples">Solutions of each problem.</param>
/// <param name="Temperature">0 is greedy.</param>
/// <param name="MaxTokens">Limit of one solution.</param>
public sealed record RolloutOptions(int Samples, double Temperature, int MaxTokens, ulong Seed);

/// <summary>
/// Samples and scores solutions with the serving engine over the ONNX graph of the weights in training: what is measured here is what is served. A problem's prompt is
/// computed once and forked. The same weights, options and seed give the same solutions in any order of work.
/// </summary>
public sealed class RolloutSampler : IAsyncDisposable
{
    private const int Slots = 64;

    private readonly LlmEngine _engine;
    private readonly ModelTokenizer _tokenizer;
    private readonly int _endOfText;

    public RolloutSampler(ModelConfig config, IWeights weights, ModelTokenizer tokenizer)
    {
        _tokenizer = tokenizer;
        ContextLength = config.ContextLength;
        _endOfText = config.EosTokenIds[0];
        byte[] graph = OnnxDecoderGraph.Build(config, weights, WeightFormat.Fp32);
        // Every processor: the number of threads does not change what is sampled.
        _engine = new(OnnxDecoder.Load(graph, new() { Slots = Slots, Capacity = config.ContextLength, Threads = Environment.ProcessorCount }));
    }

    /// <summary>Tokens of prompt and solution that the model takes.</summary>
    public int ContextLength { get; }

    /// <summary>Enough problems in flight to keep the engine's rows full.</summary>
    public static int Parallelism(int samples) => Math.Max(1, 2 * Slots / samples);

    /// <summary>Solves problems several times each.</summary>
    /// <param name="journal">Keeps what is finished.</param>
    /// <param name="onProblem">Called after each problem.</param>
    public Task<IReadOnlyList<RolloutGroup>> SampleAsync(
        IReadOnlyList<WordProblem> problems, RolloutOptions options, JsonJournal<RolloutGroup> journal, Action? onProblem = null, CancellationToken cancellationToken = default) =>
        journal.CompleteAsync(problems.Count, Parallelism(options.Samples), (i, token) => SampleAsync(problems[i], options with { Seed = Seed(options.Seed, i) }, token), onProblem, cancellationToken);

    /// <summary>Solves one problem several times.</summary>
    public async Task<RolloutGroup> SampleAsync(WordProblem problem, RolloutOptions options, CancellationToken cancellationToken) =>
        new(problem, await ContinueAsync(problem, [], options, cancellationToken));

    /// <summary>Continues a solution that has begun, several times. The rollouts hold what was added.</summary>
    public Task<IReadOnlyList<Rollout>> ContinueAsync(WordProblem problem, int[] begun, RolloutOptions options, CancellationToken cancellationToken) =>
        SampleAsync([.. Prompt(problem), .. begun], options, cancellationToken);

    /// <summary>Goes on with any tokens, such as a conversation and a forced beginning of its completion, several times.</summary>
    /// <param name="prompt">See <see cref="Prompt(FormattedProblem)"/>.</param>
    public async Task<IReadOnlyList<Rollout>> SampleAsync(int[] prompt, RolloutOptions options, CancellationToken cancellationToken)
    {
        var sequence = new SequenceOptions { Sampling = new() { Temperature = (float)options.Temperature, Seed = options.Seed }, StopTokens = [_endOfText] };
        await using var root = _engine.Start(prompt, sequence);
        SequenceHandle[] candidates = [root, .. Enumerable.Range(1, options.Samples - 1).Select(_ => root.Fork())];
        try
        {
            return await Task.WhenAll(candidates.Select(candidate => ReadAsync(candidate, options.MaxTokens, cancellationToken)));
        }
        finally
        {
            foreach (var fork in candidates.Skip(1))
                await fork.DisposeAsync();
        }
    }

    /// <summary>A solution that somebody else wrote, as this model sees it: log-probabilities, entropies and values of its tokens.</summary>
    /// <param name="finished">Whether it ends with the end token; when not, the value after the last token is lost.</param>
    public async Task<Rollout> ScoreAsync(WordProblem problem, string text, bool finished, CancellationToken cancellationToken)
    {
        int[] tokens = [.. _tokenizer.Encode(text), .. finished ? [_endOfText] : Array.Empty<int>()];
        return await ScoreAsync(problem, tokens, text, finished, cancellationToken);
    }

    /// <inheritdoc cref="ScoreAsync(WordProblem, string, bool, CancellationToken)"/>
    public async Task<Rollout> ScoreAsync(WordProblem problem, int[] tokens, string text, bool finished, CancellationToken cancellationToken)
    {
        await using var handle = _engine.Start(Prompt(problem), new SequenceOptions { Sampling = new() });
        var scores = await handle.ScoreAsync(tokens, cancellationToken: cancellationToken);
        return new(tokens, text, finished, scores.LogProbs, scores.Entropies, scores.Values);
    }

    public int[] Prompt(WordProblem problem) => _tokenizer.Encode(ChatFormat.Prompt(problem.Question));

    public int[] Prompt(FormattedProblem text) => text.PromptTokens(_tokenizer);

    /// <summary>Tokens of a text.</summary>
    public int Count(string text) => _tokenizer.Encode(text).Length;

    private async Task<Rollout> ReadAsync(SequenceHandle candidate, int maxTokens, CancellationToken cancellationToken)
    {
        List<int> tokens = [];
        List<float> logProbs = [], entropies = [], values = [];
        await foreach (var token in candidate.DecodeAsync(maxTokens, cancellationToken: cancellationToken))
        {
            tokens.Add(token.Id);
            logProbs.Add(token.LogProb);
            entropies.Add(token.Entropy);
            values.Add(token.Value);
        }
        bool finished = candidate.FinishReason == FinishReason.Stop;
        return new([.. tokens], _tokenizer.Decode([.. tokens]), finished, [.. logProbs], [.. entropies], [.. values]);
    }

    private static ulong Seed(ulong seed, int problem) => seed * 1_000_003 + (ulong)problem;

    public ValueTask DisposeAsync() => _engine.DisposeAsync();
}
