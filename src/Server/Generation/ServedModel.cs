using InferenceServer.Engine;
using InferenceServer.Modeling;
using InferenceServer.Modeling.Text;
using InferenceServer.Strategies;

namespace InferenceServer.Server.Generation;

/// <summary>The model that this server serves: its description, its text side and its engine.</summary>
public sealed class ServedModel(string name, ModelConfig config, ModelTokenizer tokenizer, ChatTemplate template, LlmEngine engine, ILanguageModel language) : IAsyncDisposable
{
    /// <summary>What clients put into the model field.</summary>
    public string Name { get; } = name;
    public ModelConfig Config { get; } = config;
    public ModelTokenizer Tokenizer { get; } = tokenizer;
    public ChatEncoding Encoding { get; } = new(config, tokenizer, template);
    public TokenTexts TokenTexts { get; } = new(tokenizer);
    public LlmEngine Engine { get; } = engine;
    public ILanguageModel Language { get; } = language;

    /// <summary>When it was loaded.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>How its weights are held, in the words of --weights.</summary>
    public required string Weights { get; init; }

    /// <summary>The device and why it was taken, for the start-up lines.</summary>
    public required string Device { get; init; }

    /// <summary>Changes whenever the same seed may give other tokens: other weights, another format, another device.</summary>
    public required string Fingerprint { get; init; }

    public ValueTask DisposeAsync() => Engine.DisposeAsync();
}
