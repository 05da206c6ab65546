using System.Text.Json.Nodes;
using InferenceServer.Modeling.Text;
using InferenceServer.Shared;

namespace InferenceServer.Modeling.Tests.Text;

/// <summary>Ids and texts equal those of Hugging Face's own library.</summary>
public sealed class TokenizerOracleTests
{
    private const string Qwen2 =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string Llama3 =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    public static TheoryData<string, string> Forms() => new()
    {
        { "shipped", TinyTokenizer.Json() },
        { "gpt2", TinyTokenizer.Json(preTokenizer: TinyTokenizer.ByteLevel(useRegex: true)) },
        { "qwen2", TinyTokenizer.Json(preTokenizer: TinyTokenizer.Sequence(TinyTokenizer.Split(Qwen2), TinyTokenizer.ByteLevel(useRegex: false)), normalizer: new JsonObject { ["type"] = "NFC" }) },
        { "llama3", IgnoringMerges(TinyTokenizer.Json(preTokenizer: TinyTokenizer.Sequence(TinyTokenizer.Split(Llama3), TinyTokenizer.ByteLevel(useRegex: false)))) },
        { "digits", TinyTokenizer.Json(preTokenizer: TinyTokenizer.Sequence(new JsonObject { ["type"] = "Digits", ["individual_digits"] = true }, TinyTokenizer.ByteLevel(useRegex: true))) },
        { "no regex", TinyTokenizer.Json(preTokenizer: TinyTokenizer.ByteLevel(useRegex: false)) },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public void EncodeAndDecode_RandomText_EqualHuggingFace(string form, string json)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("tokenizer.json");
        File.WriteAllText(path, json);
        AssertEqualsHuggingFace(path, texts: 3000, form);
    }

    [Fact]
    public void EncodeAndDecode_ShippedTokenizer_EqualHuggingFace()
    {
        string path = Path.Combine(RepositoryRoot.Path, "models", "reasoner", "tokenizer.json");
        Assert.SkipUnless(File.Exists(path), "models/reasoner is not there: train it with the recipe in recipes/");
        AssertEqualsHuggingFace(path, texts: 3000, "reasoner");
    }

    private static void AssertEqualsHuggingFace(string path, int texts, string form)
    {
        var ours = ModelTokenizer.Load(path);
        using var theirs = new Tokenizers.DotNet.Tokenizer(path);
        var random = new Random(5);
        for (int i = 0; i < texts; i++)
        {
            string text = RandomText.Next(random);
            uint[] expected = theirs.Encode(text);
            int[] actual = ours.Encode(text);
            Assert.True(expected.Select(e => (int)e).SequenceEqual(actual), $"{form}, text {i}: {Escape(text)}\n theirs {string.Join(' ', expected)}\n ours   {string.Join(' ', actual)}");
            Assert.Equal(theirs.Decode(expected), ours.Decode(actual));
            uint[] stray = [.. Enumerable.Range(0, 12).Select(_ => (uint)random.Next(ours.VocabSize))];
            Assert.Equal(theirs.Decode(stray), ours.Decode([.. stray.Select(s => (int)s)]));
        }
    }

    private static string IgnoringMerges(string json)
    {
        JsonNode root = JsonNode.Parse(json)!;
        root["model"]!["ignore_merges"] = true;
        // A token that no merge arrives at.
        root["model"]!["vocab"]!["Ġstampede"] = 900;
        return root.ToJsonString();
    }

    private static string Escape(string text) => string.Concat(text.Select(c => c is > ' ' and < '\x7f' ? c.ToString() : $"\\u{(int)c:X4}"));
}
