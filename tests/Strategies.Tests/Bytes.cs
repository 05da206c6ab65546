using InferenceServer.Modeling.Text;
using InferenceServer.Shared;

namespace InferenceServer.Strategies.Tests;

/// <summary>A tokenizer without merges: after the special tokens, one token a byte.</summary>
internal static class Bytes
{
    /// <summary>Ends a text.</summary>
    public const int End = 0;

    public static int First { get; } = TinyTokenizer.SpecialTokens.Length;
    public static int VocabSize { get; } = First + 256;
    public static ModelTokenizer Tokenizer { get; } = Load();

    private static ModelTokenizer Load()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("tokenizer.json"), TinyTokenizer.Json(merges: 0));
        return ModelTokenizer.Load(folder.File("tokenizer.json"));
    }
}
