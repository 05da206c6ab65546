namespace InferenceServer.Evaluation;

/// <summary>Something that the person at the command line can put right; the message says what.</summary>
public sealed class EvaluationException(string message, Exception? inner = null) : Exception(message, inner);
