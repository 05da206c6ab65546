using InferenceServer.Modeling;

namespace InferenceServer.Shared;

/// <summary>A whole model folder of random weights, small enough to write and run in any test.</summary>
public static class TestModel
{
    /// <summary>Two layers, grouped-query attention, a value head; the vocabulary fits <see cref="TinyTokenizer"/>.</summary>
    public static ModelConfig Config { get; } = new()
    {
        VocabSize = 448,
        HiddenSize = 64,
        IntermediateSize = 96,
        Layers = 2,
        Heads = 4,
        KeyValueHeads = 2,
        HeadDim = 16,
        ContextLength = 256,
        TiedEmbeddings = true,
        ValueHeadSize = 16,
        EosTokenIds = [0],
        PadTokenId = 4,
    };

    /// <summary>Writes config.json, tokenizer.json and model.safetensors.</summary>
    public static void Write(string folder, ModelConfig? config = null, IWeights? weights = null)
    {
        config ??= Config;
        config.Save(Path.Combine(folder, ModelFolder.ConfigFile));
        TinyTokenizer.Write(Path.Combine(folder, "tokenizer.json"));
        SafeTensorsWriter.Write(Path.Combine(folder, SafeTensors.FileName), ModelLayout.For(config), weights ?? new NoisyWeights(1));
    }
}
