using InferenceServer.Server.Generation;
namespace InferenceServer.Server.Hosting;
public static class ModelLoader { public static ServedModel Load(ServerOptions options) => throw new StartupException(ModelSource.Find(options.Model)); }
