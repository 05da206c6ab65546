namespace InferenceServer.Server.Hosting;

/// <summary>The server cannot start. The message says why and what to do, and is all that the operator sees.</summary>
public sealed class StartupException(string message, Exception? inner = null) : Exception(message, inner);
