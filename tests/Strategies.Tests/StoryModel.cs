using System.Text;
using InferenceServer.Engine;
using InferenceServer.Engine.Decoding;
using InferenceServer.Engine.Sampling;
using InferenceServer.Modeling;
using InferenceServer.Modeling.Text;
using InferenceServer.Shared;

namespace InferenceServer.Strategies.Tests;

/// <summary>
/// A model that tells one of some stories: the real engine over a decoder whose next-byte distribution is exactly that of picking a story by weight and
/// spelling it out. What each candidate says depends on its random stream alone. In a chat, the story begins behind the last assistant's mark, and which stories
/// there are may depend on what was said before.
/// </summary>
internal sealed class StoryModel : IAsyncDisposable
{
    public const string PromptText = "Q: how many?\n";

    private static readonly int Assistant = Array.IndexOf(TinyTokenizer.SpecialTokens, "<|assistant|>");

    public StoryModel(IReadOnlyList<(string Text, double Weight)> stories, Func<string, double>? value = null, int slots = 8, int capacity = 256, LlmEngineOptions? options = null)
        : this(_ => stories, value, slots, capacity, options) { }

    public StoryModel(
        Func<string, IReadOnlyList<(string Text, double Weight)>> tell, Func<string, double>? value = null, int slots = 8, int capacity = 1024, LlmEngineOptions? options = null,
        string name = "stories")
    {
        Decoder = new ScriptedDecoder(new DecoderLimits(Bytes.VocabSize, slots, capacity, 16, HasValue: value is not null), (prefix, logits) =>
        {
            logits.Fill(float.NegativeInfinity);
            int start = prefix.LastIndexOf(Assistant) + 1;
            if (start == 0)
                start = Prompt.Length;
            if (prefix.Length < start)
            {
                logits.Clear();
                return float.NaN;
            }
            var stories = tell(Bytes.Tokenizer.Decode(prefix[..start], skipSpecial: false));
            byte[][] texts = [.. stories.Select(story => Encoding.UTF8.GetBytes(story.Text))];
            byte[] said = [.. prefix[start..].ToArray().Where(id => id >= Bytes.First).Select(id => (byte)(id - Bytes.First))];
            if (texts.Any(text => text.AsSpan().SequenceEqual(said)))
                Told++;
            for (int next = 0; next < logits.Length; next++)
            {
                double weight = stories.Where((_, i) => texts[i].AsSpan().StartsWith(said) && (texts[i].Length == said.Length ? next == Bytes.End : next == Bytes.First + texts[i][said.Length])).Sum(s => s.Weight);
                if (weight > 0)
                    logits[next] = (float)Math.Log(weight);
            }
            if (!logits.ContainsAnyExcept(float.NegativeInfinity))
                logits[Bytes.First + '?'] = 0;
            return value is null ? float.NaN : (float)value(Encoding.UTF8.GetString(said));
        });
        Engine = new LlmEngine(Decoder, (options ?? new()) with { CheckInvariants = true });
        var config = new ModelConfig
        {
            VocabSize = Bytes.VocabSize,
            HiddenSize = 16,
            IntermediateSize = 16,
            Layers = 1,
            Heads = 1,
            ContextLength = capacity,
            EosTokenIds = [Bytes.End],
        };
        Model = new LocalModel(name, Engine, config, Bytes.Tokenizer);
    }

    public static int[] Prompt { get; } = Bytes.Tokenizer.Encode(PromptText);

    public ScriptedDecoder Decoder { get; }
    public LlmEngine Engine { get; }

    /// <summary>Stories whose last character has been computed.</summary>
    public int Told { get; private set; }
    public LocalModel Model { get; }

    public static GenerationRequest Request(params StrategyOptions[] plan) =>
        new() { Prompt = Prompt, MaxTokens = 100, Strategies = plan, Sampling = new SamplingOptions { Seed = 7 } };

    /// <summary>A chat with one user message.</summary>
    public static GenerationRequest Chat(string question, params StrategyOptions[] plan)
    {
        ChatMessage[] messages = [new("user", question)];
        return Request(plan) with { Messages = messages, Prompt = ChatTemplate.Default.Encode(Bytes.Tokenizer, messages), MaxTokens = 200 };
    }

    public GenerationRun Start(GenerationRequest request, Action<TraceEvent>? onEvent = null, TimeProvider? time = null, StrategyCatalog? catalog = null) =>
        new StrategyPipeline(catalog ?? StrategyCatalog.BuiltIn, time ?? TimeProvider.System).Start(Model, request, onEvent);

    /// <summary>All that a plan yields, in order.</summary>
    public async Task<List<Answer>> RunAsync(GenerationRequest request) => await Start(request).RunAsync().ToListAsync();

    /// <summary>What <paramref name="count"/> candidates of this request say, in order of sampling.</summary>
    public async Task<Answer[]> SampleAsync(GenerationRequest request, int count) =>
        [.. (await Start(request with { Strategies = [] }).SampleAsync(count).ToListAsync()).OrderBy(answer => answer.Sample)];

    /// <summary>Waits until the engine has taken in every message, and fails if a sequence lives on.</summary>
    public async Task AssertNothingLivesAsync()
    {
        for (int i = 0; i < 5000 && Engine.Statistics.Live > 0; i++)
            await Task.Delay(1);
        Assert.Equal(0, Engine.Statistics.Live);
    }

    public async ValueTask DisposeAsync() => await Engine.DisposeAsync();
}
