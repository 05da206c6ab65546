using InferenceServer.Engine;
using InferenceServer.Modeling;
using InferenceServer.Modeling.Text;

namespace InferenceServer.Strategies;

/// <summary>A model in this process: an engine with the description and the tokenizer of the model it runs. The engine stays its owner's.</summary>
/// <param name="name">What requests call it.</param>
/// <param name="engine">Runs it.</param>
/// <param name="config">Describes it.</param>
/// <param name="tokenizer">Reads and writes its text.</param>
/// <param name="template">Renders its conversations; the default template if not given.</param>
public sealed class LocalModel(string name, LlmEngine engine, ModelConfig config, ModelTokenizer tokenizer, ChatTemplate? template = null) : ILanguageModel
{
    public string Name { get; } = name;
    public LlmEngine Engine { get; } = engine;
    public ModelTokenizer Tokenizer { get; } = tokenizer;
    public ChatTemplate Template { get; } = template ?? ChatTemplate.Default;

    /// <summary>The model's own limit or what the engine's slots hold, whichever is less.</summary>
    public int ContextLength { get; } = Math.Min(config.ContextLength, engine.Limits.Capacity);
    public IReadOnlyCollection<int> EndTokens { get; } = config.EosTokenIds;
    public bool HasValue { get; } = engine.Limits.HasValue;
    public (long Parameters, int Layers, int HiddenSize) Size { get; } = (config.Parameters, config.Layers, config.HiddenSize);

    public SequenceHandle Start(ReadOnlySpan<int> prompt, SequenceOptions options) => Engine.Start(prompt, options);
}
