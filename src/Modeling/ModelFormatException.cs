namespace InferenceServer.Modeling;

/// <summary>A model folder, or a file in it, is not what it should be. The message names the file and says what to do.</summary>
public sealed class ModelFormatException(string message, Exception? inner = null) : Exception(message, inner);
