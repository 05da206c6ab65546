using InferenceServer.Engine;

namespace InferenceServer.Server.Generation;

/// <summary>A prompt that the response repeats.</summary>
/// <param name="Text">As it was given, or decoded.</param>
/// <param name="Tokens">Its tokens with their scores, when log-probabilities are wanted; the first has none, since nothing precedes it.</param>
public sealed record PromptEcho(string Text, IReadOnlyList<SampledToken>? Tokens);
