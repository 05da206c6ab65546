using InferenceServer.Engine;
using InferenceServer.Modeling.Text;

namespace InferenceServer.Strategies;

/// <summary>What a strategy sees of a model: a tokenizer and sequences. The local engine is one; a remote server may be another.</summary>
public interface ILanguageModel
{
    string Name { get; }
    ModelTokenizer Tokenizer { get; }

    /// <summary>Turns messages into what the model was trained to continue.</summary>
    ChatTemplate Template => ChatTemplate.Default;

    /// <summary>The most tokens a sequence may hold, prompt and completion together.</summary>
    int ContextLength { get; }

    /// <summary>Tokens that end a completion.</summary>
    IReadOnlyCollection<int> EndTokens { get; }

    /// <summary>Whether sampled tokens carry a process reward.</summary>
    bool HasValue { get; }

    /// <summary>Number of weights, layers and width: what the FLOP estimate of the bill needs.</summary>
    (long Parameters, int Layers, int HiddenSize) Size { get; }

    /// <exception cref="EngineException">Refused; the subclass says why.</exception>
    SequenceHandle Start(ReadOnlySpan<int> prompt, SequenceOptions options);
}
