namespace InferenceServer.Engine;

/// <summary>The engine refused or lost a sequence; the subclasses are named after the cause.</summary>
public abstract class EngineException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The tokens can never fit the engine's capacity.</summary>
public sealed class PromptTooLongException(int length, int capacity)
    : EngineException($"The sequence would hold {length} tokens, but this model's context holds {capacity}, one of them for the completion. Shorten the prompt.")
{
    public int Length { get; } = length;
    public int Capacity { get; } = capacity;
}

/// <summary>A token id outside the model's vocabulary.</summary>
public sealed class UnknownTokenException(int token, int vocabulary)
    : EngineException($"Token id {token} lies outside the model's vocabulary of {vocabulary}.");

/// <summary>Too many sequences are waiting for a row already; try again later.</summary>
public sealed class EngineOverloadedException(int waiting)
    : EngineException($"{waiting} sequences are waiting for a row already; retry later or raise the engine's queue limit.");

/// <summary>The sequence was aborted.</summary>
public sealed class SequenceAbortedException(string reason) : EngineException($"The sequence was aborted: {reason}");

/// <summary>The forward pass that the sequence was part of failed.</summary>
public sealed class DecoderFailedException(string message, Exception inner) : EngineException($"The forward pass failed: {message}", inner);

/// <summary>The engine is stopping or stopped.</summary>
public sealed class EngineStoppedException() : EngineException("The engine is stopping and takes no further work.");

/// <summary>A row of logits gives no token any probability.</summary>
public sealed class InvalidLogitsException()
    : EngineException("Every logit of a row is NaN or -infinity, so no token can be drawn. Check the model's weights for NaN, and the request's logit bias.");
