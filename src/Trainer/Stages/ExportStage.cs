using InferenceServer.Modeling;
using InferenceServer.Modeling.Onnx;
using InferenceServer.Trainer.Recipes;
using InferenceServer.Trainer.Tokenizing;

namespace InferenceServer.Trainer.Stages;

/// <summary>Writes a model folder that the server loads by name.</summary>
public static class ExportStage
{
    /// <summary>The policy with its value head.</summary>
    /// <param name="onnx">Writes <c>model.onnx</c> with weights of that format beside <c>model.safetensors</c>, from which the server builds any graph itself.</param>
    /// <exception cref="RecipeException">The folder cannot be written.</exception>
    public static void Run(RecipeRun run, string folder, WeightFormat? onnx = null)
    {
        using var source = run.Final();
        Write(run, folder, run.Config(valueHead: true), run.ValueHeadCalibration.Load().Calibration.Fold(source), run.Recipe.ValueHeadIdentity, onnx);
    }

    /// <summary>The reward model.</summary>
    /// <inheritdoc cref="Run"/>
    public static void RunRewardModel(RecipeRun run, string folder, WeightFormat? onnx = null)
    {
        using var source = run.RewardModel();
        Write(run, folder, run.Config(valueHead: true), run.RewardModelCalibration.Load().Calibration.Fold(source), run.Recipe.RewardModelIdentity, onnx);
    }

    private static void Write(RecipeRun run, string folder, ModelConfig config, IWeights source, string identity, WeightFormat? onnx)
    {
        try
        {
            Directory.CreateDirectory(folder);
            config.Save(Path.Combine(folder, "config.json"));
            File.Copy(run.TokenizerPath, Path.Combine(folder, "tokenizer.json"), overwrite: true);
            ChatFormat.SaveTokenizerConfig(Path.Combine(folder, "tokenizer_config.json"), config.ContextLength);
            SafeTensorsWriter.Write(Path.Combine(folder, SafeTensors.FileName), ModelLayout.For(config), source, new Dictionary<string, string> { ["format"] = "pt", ["recipe"] = run.Recipe.Name, ["run"] = identity });
            if (onnx is WeightFormat format)
                OnnxDecoderGraph.Write(folder, config, source, format);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RecipeException($"{folder}: cannot write the model folder: {e.Message}", e);
        }
    }
}
