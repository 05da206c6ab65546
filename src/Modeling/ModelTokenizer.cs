namespace InferenceServer.Modeling;

public sealed class ModelTokenizer;
