using InferenceServer.Engine;
using InferenceServer.Engine.Decoding;
using InferenceServer.Evaluation.Measuring;
using InferenceServer.Modeling;
using InferenceServer.Modeling.Text;
using InferenceServer.Shared;
using InferenceServer.Strategies;

namespace InferenceServer.Evaluation.Tests;

/// <summary>A model that answers a question of one digit with that digit three times out of four, and with 0 otherwise: "5?" becomes "5" or "0".</summary>
internal sealed class GuessingModel : IAsyncDisposable
{
    private readonly LlmEngine _engine;

    public GuessingModel()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("tokenizer.json"), TinyTokenizer.Json(merges: 0));
        Tokenizer = ModelTokenizer.Load(folder.File("tokenizer.json"));
        int zero = Tokenizer.TokenId("0")!.Value, vocabulary = Tokenizer.VocabSize;
        Decoder = new ScriptedDecoder(new DecoderLimits(vocabulary, Slots: 8, Capacity: 16, ChunkTokens: 16, HasValue: false), (prefix, logits) =>
        {
            logits.Fill(float.NegativeInfinity);
            if (prefix.Length >= 3)
                logits[0] = 0;
            else
                (logits[prefix[0]], logits[zero]) = (MathF.Log(3), 0);
            return float.NaN;
        });
        _engine = new LlmEngine(Decoder);
        Model = new LocalModel("guessing", _engine, new ModelConfig
        {
            VocabSize = vocabulary,
            HiddenSize = 16,
            IntermediateSize = 16,
            Layers = 1,
            Heads = 1,
            ContextLength = 16,
            EosTokenIds = [0],
        }, Tokenizer, ChatTemplate.Parse("{{ messages[0].content }}"));
    }

    public ModelTokenizer Tokenizer { get; }

    public LocalTarget Target(string fingerprint = "one") => new(Model, fingerprint, StrategyCatalog.BuiltIn, rows: 8, TimeProvider.System);
    public ScriptedDecoder Decoder { get; }
    public LocalModel Model { get; }

    public static IReadOnlyList<Problem> Problems { get; } = [.. Enumerable.Range(0, 40).Select(i => new Problem($"{1 + i % 9}?", $"{1 + i % 9}"))];

    public async ValueTask DisposeAsync() => await _engine.DisposeAsync();
}
