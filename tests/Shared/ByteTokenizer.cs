using System.Text.Json.Nodes;
using InferenceServer.Modeling.Text;

namespace InferenceServer.Tests.Shared;

/// <summary>The smallest complete tokenizer: id = byte, and one special token that ends a text.</summary>
public static class ByteTokenizer
{
    public const int End = 256;
    public const int VocabSize = 257;

    private static readonly Lazy<ModelTokenizer> Instance = new(() =>
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, Json());
            return ModelTokenizer.Load(path);
        }
        finally
        {
            File.Delete(path);
        }
    });

    public static ModelTokenizer Create() => Instance.Value;

    /// <summary>Its <c>tokenizer.json</c>.</summary>
    public static string Json()
    {
        var vocabulary = new JsonObject();
        int shifted = 0;
        for (int b = 0; b < 256; b++)
        {
            // Byte-level BPE writes printable bytes as themselves and the others as characters from U+0100 on.
            bool printable = b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            vocabulary[((char)(printable ? b : 256 + shifted++)).ToString()] = b;
        }
        return new JsonObject
        {
            ["added_tokens"] = new JsonArray(new JsonObject
            {
                ["id"] = End, ["content"] = "<|end|>", ["special"] = true,
                ["single_word"] = false, ["lstrip"] = false, ["rstrip"] = false, ["normalized"] = false,
            }),
            ["pre_tokenizer"] = new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["use_regex"] = true },
            ["decoder"] = new JsonObject { ["type"] = "ByteLevel" },
            ["model"] = new JsonObject { ["type"] = "BPE", ["vocab"] = vocabulary, ["merges"] = new JsonArray() },
        }.ToJsonString();
    }
}
