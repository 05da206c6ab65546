namespace InferenceServer.Plugins;

public sealed class PluginCatalog;
