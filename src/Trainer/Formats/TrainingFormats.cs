using InferenceServer.Plugins;

namespace InferenceServer.Trainer.Formats;

/// <summary>The formats by name.</summary>
public static class TrainingFormats
{
    /// <summary>The format of problems that get no other.</summary>
    public const string Direct = "direct";

    public static PluginSet<ITrainingFormat> All { get; } = new(new PluginCatalog([typeof(TrainingFormats).Assembly]));
}
