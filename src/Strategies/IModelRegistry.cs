namespace InferenceServer.Strategies;

/// <summary>Other models that strategies may ask by name, a separate reward model for instance. The host supplies it; without one there are none.</summary>
public interface IModelRegistry
{
    IEnumerable<string> Names { get; }

    /// <summary>Null when there is no such model.</summary>
    ILanguageModel? Find(string name);
}
