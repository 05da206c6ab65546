namespace InferenceServer.Strategies.State;

/// <summary>Shared state cannot be reached, read or written. The message says what is wrong and what to do, and may be shown to clients.</summary>
public sealed class StateUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
