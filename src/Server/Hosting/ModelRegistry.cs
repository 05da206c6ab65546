using InferenceServer.Server.Generation;
using InferenceServer.Strategies;

namespace InferenceServer.Server.Hosting;

/// <summary>The models that strategies may ask besides the served one: the reward model, if there is one.</summary>
public sealed class ModelRegistry(ServedModel? reward) : IModelRegistry, IAsyncDisposable
{
    public IEnumerable<string> Names => reward is null ? [] : [reward.Name];

    public ILanguageModel? Find(string name) => reward?.Name == name ? reward.Language : null;

    public ValueTask DisposeAsync() => reward?.DisposeAsync() ?? ValueTask.CompletedTask;
}
