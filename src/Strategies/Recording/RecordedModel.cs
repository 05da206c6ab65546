using InferenceServer.Engine;
using InferenceServer.Engine.Sampling;
using InferenceServer.Modeling.Text;

namespace InferenceServer.Strategies.Recording;

/// <summary>
/// A model that has answered this request before, under the same or another plan. What a sequence draws depends on its random stream, the tokens before it and the sampling alone, so wherever a plan
/// asks for what was recorded the recording answers, and the model is asked from there on only: for candidates that there were not, for what was rejected before its end, and where the text differs.
/// The outcome is the one that the model alone would give, as far as it computes the same whether tokens come one by one or as a prompt.
/// </summary>
/// <param name="model">Asked for what is not on record.</param>
/// <param name="sampling">How the recorded tokens were drawn. With penalties nothing is reused: a fork counts them from where it began, which a recording does not tell.</param>
/// <param name="candidates">What was recorded.</param>
public sealed class RecordedModel(ILanguageModel model, SamplingOptions sampling, IEnumerable<RecordedCandidate> candidates) : ILanguageModel
{
    private readonly Dictionary<ulong, RecordedCandidate> _candidates = sampling.HasPenalties ? [] : Index(candidates);
    private readonly HashSet<ulong> _reused = [];
    private long _tokens;

    public string Name => model.Name;
    public ModelTokenizer Tokenizer => model.Tokenizer;
    public ChatTemplate Template => model.Template;
    public int ContextLength => model.ContextLength;
    public IReadOnlyCollection<int> EndTokens => model.EndTokens;
    public bool HasValue => model.HasValue;
    public (long Parameters, int Layers, int HiddenSize) Size => model.Size;

    /// <summary>Recorded candidates of which at least one token was served.</summary>
    public int ReusedCandidates
    {
        get
        {
            lock (_reused)
                return _reused.Count;
        }
    }

    /// <summary>Tokens served that the model did not have to sample again.</summary>
    public long ReusedTokens => Interlocked.Read(ref _tokens);

    public SequenceHandle Start(ReadOnlySpan<int> prompt, SequenceOptions options)
    {
        foreach (RecordedCandidate candidate in _candidates.Values)
            if (IsSame(options.Sampling) && candidate.Prompt.Span.SequenceEqual(prompt))
                return new RecordedSequence(this, prompt.ToArray(), options, options.Stream ?? RandomStream.Root(options.Sampling.Seed), []);
        return model.Start(prompt, options);
    }

    internal SequenceHandle StartLive(ReadOnlySpan<int> prompt, SequenceOptions options) => model.Start(prompt, options);

    /// <summary>What was recorded of a stream; null when nothing that fits.</summary>
    internal RecordedCandidate? Find(ulong stream, ReadOnlySpan<int> prompt, SequenceOptions options) =>
        _candidates.TryGetValue(stream, out RecordedCandidate? candidate) && IsSame(options.Sampling) && candidate.Prompt.Span.SequenceEqual(prompt) ? candidate : null;

    internal void Reused(ulong stream)
    {
        Interlocked.Increment(ref _tokens);
        lock (_reused)
            _reused.Add(stream);
    }

    /// <summary>The seed names the stream, which is compared by itself.</summary>
    private bool IsSame(SamplingOptions asked) => asked with { Seed = sampling.Seed } == sampling;

    private static Dictionary<ulong, RecordedCandidate> Index(IEnumerable<RecordedCandidate> candidates)
    {
        var index = new Dictionary<ulong, RecordedCandidate>();
        foreach (RecordedCandidate candidate in candidates)
            if (candidate.Stream is { } stream)
                index[stream] = candidate;
        return index;
    }
}
