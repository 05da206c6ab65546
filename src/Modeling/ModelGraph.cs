namespace InferenceServer.Modeling;

/// <summary>A graph to load: a file (with its weights beside it), or the bytes of a whole model. One of the two is null.</summary>
public sealed record ModelGraph(string? Path, byte[]? Bytes);
