namespace InferenceServer.Strategies.Tests;

/// <summary>What a host gives the plug-ins.</summary>
internal sealed class Services : IServiceProvider, IModelRegistry
{
    private readonly Dictionary<Type, object> _services = [];

    public Dictionary<string, ILanguageModel> Models { get; } = [];

    IEnumerable<string> IModelRegistry.Names => Models.Keys;

    public Services With<T>(T service) where T : class
    {
        _services[typeof(T)] = service;
        return this;
    }

    public object? GetService(Type serviceType) => serviceType == typeof(IModelRegistry) ? this : _services.GetValueOrDefault(serviceType);

    ILanguageModel? IModelRegistry.Find(string name) => Models.GetValueOrDefault(name);
}
