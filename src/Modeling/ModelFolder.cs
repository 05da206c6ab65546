using InferenceServer.Modeling.Onnx;
using InferenceServer.Modeling.Text;

namespace InferenceServer.Modeling;

/// <summary>
/// A model on disk: <c>config.json</c>, <c>tokenizer.json</c>, and weights as <c>model.safetensors</c> or a finished graph as <c>model.onnx</c>; optionally a
/// chat template in <c>chat_template.jinja</c> or <c>tokenizer_config.json</c>. Opening checks all of it, every weight included.
/// </summary>
public sealed class ModelFolder : IDisposable
{
    public const string ConfigFile = "config.json";

    private ModelFolder(string path, ModelConfig config, ModelTokenizer tokenizer, ChatTemplate chatTemplate, SafeTensors? weights, string? onnxPath) =>
        (FullPath, Config, Tokenizer, ChatTemplate, Weights, OnnxPath) = (path, config, tokenizer, chatTemplate, weights, onnxPath);

    public string FullPath { get; }

    /// <summary>The folder's own name.</summary>
    public string Name => Path.GetFileName(FullPath);

    public ModelConfig Config { get; }

    public ModelTokenizer Tokenizer { get; }

    /// <summary>The folder's template, or the default one where it has none.</summary>
    public ChatTemplate ChatTemplate { get; }

    /// <summary>Null when the folder holds a finished graph only.</summary>
    public SafeTensors? Weights { get; }

    /// <summary>The folder's finished graph; null when it has none.</summary>
    public string? OnnxPath { get; }

    /// <exception cref="ModelFormatException">A file is missing, cut off, or does not fit to the others; the message names it and says what to do.</exception>
    public static ModelFolder Open(string path)
    {
        path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (!Directory.Exists(path))
            throw new ModelFormatException($"{path}: there is no such folder. Give the path of a folder with {ConfigFile}, {TokenizerJson.FileName} and {SafeTensors.FileName}.");
        string At(string name) => Path.Combine(path, name);
        Require(At(ConfigFile));
        Require(At(TokenizerJson.FileName));
        var config = ModelConfig.Load(At(ConfigFile));
        config = config with { EosTokenIds = [.. config.EosTokenIds.Union(GenerationConfig.LoadOrDefault(At(GenerationConfig.FileName)).EosTokenIds)] };
        var tokenizer = ModelTokenizer.Load(At(TokenizerJson.FileName));
        if (tokenizer.VocabSize > config.VocabSize)
            throw new ModelFormatException(
                $"{At(TokenizerJson.FileName)}: it has ids up to {tokenizer.VocabSize - 1} and {ConfigFile} a vocabulary of {config.VocabSize}. The two files belong to different models.");
        var template = LoadTemplate(At);
        string? onnxPath = File.Exists(At(OnnxDecoderGraph.FileName)) ? At(OnnxDecoderGraph.FileName) : null;
        if (onnxPath is not null)
            OnnxModelFile.Check(onnxPath, config);
        else if (!File.Exists(At(SafeTensors.FileName)))
            throw new ModelFormatException(File.Exists(At(SafeTensors.FileName + ".index.json"))
                ? $"{At(SafeTensors.FileName)}: missing; the weights are spread over several files, which is not supported. Save them as one file."
                : $"{At(SafeTensors.FileName)}: missing, and there is no {OnnxDecoderGraph.FileName} either. Copy or export the model's weights into the folder.");
        return new ModelFolder(path, config, tokenizer, template, OpenWeights(At(SafeTensors.FileName), config), onnxPath);
    }

    /// <summary>
    /// The graph to run: the folder's own, unless a format is asked for and there are weights to build it from.
    /// </summary>
    /// <param name="format">How the graph stores its weights; null for the folder's own graph, or fp32.</param>
    /// <exception cref="ModelFormatException">A format is asked for and the folder holds a finished graph only, or the model is too large to build in memory.</exception>
    public ModelGraph Graph(WeightFormat? format = null)
    {
        if (OnnxPath is not null && format is null)
            return new ModelGraph(OnnxPath, null);
        if (Weights is null)
            throw new ModelFormatException(
                $"{OnnxPath}: a finished graph keeps its weights' format, so {format} cannot be had. Leave the format out, or put {SafeTensors.FileName} in the folder.");
        return new ModelGraph(null, OnnxDecoderGraph.Build(Config, Weights, format ?? WeightFormat.Fp32));
    }

    public void Dispose() => Weights?.Dispose();

    private static void Require(string file)
    {
        if (!File.Exists(file))
            throw new ModelFormatException($"{file}: missing. Copy it from where the model came from.");
    }

    private static ChatTemplate LoadTemplate(Func<string, string> at)
    {
        foreach (string file in (ReadOnlySpan<string>)[ChatTemplate.JinjaFile, ChatTemplate.TokenizerConfigFile])
            if (File.Exists(at(file)) && ChatTemplate.Load(at(file)) is { } template)
                return template;
        return ChatTemplate.Default;
    }

    private static SafeTensors? OpenWeights(string path, ModelConfig config)
    {
        if (!File.Exists(path))
            return null;
        var weights = SafeTensors.Open(path);
        try
        {
            weights.Check(ModelLayout.For(config));
            return weights;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }
}
