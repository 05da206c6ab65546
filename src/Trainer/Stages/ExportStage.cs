using InferenceServer.Modeling;
using InferenceServer.Modeling.Onnx;
using InferenceServer.Trainer.Recipes;
using InferenceServer.Trainer.Tokenizing;

namespace InferenceServer.Trainer.Stages;

/// <summary>Writes a model folder that the server loads by name.</summary>
public static class ExportStage
{
    /// <param name="onnx">Writes <c>model.onnx</c> with weights of that format beside <c>model.safetensors</c>, from which the server builds any graph itself.</param>
    /// <exception cref="RecipeException">The folder cannot be written.</exception>
    public static void Run(RecipeRun run, string folder, WeightFormat? onnx = null)
    {
        var config = run.Config(valueHead: true);
        using var source = run.Final();
        try
        {
            Directory.CreateDirectory(folder);
            config.Save(Path.Combine(folder, "config.json"));
            File.Copy(run.TokenizerPath, Path.Combine(folder, "tokenizer.json"), overwrite: true);
            ChatFormat.SaveTokenizerConfig(Path.Combine(folder, "tokenizer_config.json"), config.ContextLength);
            SafeTensorsWriter.Write(Path.Combine(folder, SafeTensors.FileName), ModelLayout.For(config), source, new Dictionary<string, string> { ["format"] = "pt", ["recipe"] = run.Recipe.Name, ["run"] = run.Recipe.ValueHeadIdentity });
            if (onnx is WeightFormat format)
                OnnxDecoderGraph.Write(folder, config, source, format);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RecipeException($"{folder}: cannot write the model folder: {e.Message}", e);
        }
    }
}
