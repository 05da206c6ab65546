namespace InferenceServer.Strategies;

public sealed class Candidate;

public sealed class GenerationContext;
