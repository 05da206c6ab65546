using InferenceServer.Modeling;
using InferenceServer.Modeling.Onnx;
using InferenceServer.Modeling.Text;
using InferenceServer.Trainer.Recipes;
using InferenceServer.Trainer.Tokenizing;

namespace InferenceServer.Trainer.Stages;

/// <summary>Writes a model folder that the server loads by name.</summary>
public static class ExportStage
{
    /// <param name="weights">Null writes <c>model.safetensors</c>, from which the server builds any graph; a format writes that graph as <c>model.onnx</c>.</param>
    /// <exception cref="RecipeException">The folder cannot be written.</exception>
    public static void Run(RecipeRun run, string folder, WeightFormat? weights = null)
    {
        var config = run.Config(valueHead: true);
        using var source = run.Final();
        try
        {
            Directory.CreateDirectory(folder);
            config.Save(Path.Combine(folder, "config.json"));
            File.Copy(run.TokenizerPath, Path.Combine(folder, TokenizerJson.FileName), overwrite: true);
            ChatFormat.SaveTokenizerConfig(Path.Combine(folder, "tokenizer_config.json"), config.ContextLength);
            if (weights is WeightFormat format)
                OnnxDecoderGraph.Write(folder, config, source, format);
            else
                SafeTensorsWriter.Write(Path.Combine(folder, SafeTensors.FileName), ModelLayout.For(config), source, new Dictionary<string, string> { ["format"] = "pt", ["recipe"] = run.Recipe.Name, ["run"] = run.Recipe.ValueHeadIdentity });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RecipeException($"{folder}: cannot write the model folder: {e.Message}", e);
        }
    }
}
