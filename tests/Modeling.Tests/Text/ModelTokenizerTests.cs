using System.Text;
using System.Text.Json.Nodes;
using InferenceServer.Modeling.Text;
using InferenceServer.Shared;

namespace InferenceServer.Modeling.Tests.Text;

public sealed class ModelTokenizerTests(TinyTokenizerFixture fixture) : IClassFixture<TinyTokenizerFixture>
{
    private readonly ModelTokenizer _tokenizer = fixture.Tokenizer;

    [Fact]
    public void Encode_SpecialAllowed_IsOneToken() => Assert.Equal([1, .. _tokenizer.Encode("hi"), 0], _tokenizer.Encode("<|user|>hi<|endoftext|>"));

    [Fact]
    public void Encode_SpecialNotAllowed_IsPlainText()
    {
        int[] tokens = _tokenizer.Encode("<|user|>hi<|endoftext|>", allowSpecial: false);
        Assert.DoesNotContain(tokens, _tokenizer.IsSpecial);
        Assert.Equal("<|user|>hi<|endoftext|>", _tokenizer.Decode(tokens));
    }

    [Fact]
    public void Encode_HalfASurrogatePair_BecomesReplacement() => Assert.Equal(_tokenizer.Encode("a\uFFFDb"), _tokenizer.Encode("a\uD83Db"));

    [Fact]
    public void Encode_Empty_IsEmpty() => Assert.Empty(_tokenizer.Encode(""));

    [Fact]
    public void Decode_RandomText_RoundTrips()
    {
        var random = new Random(9);
        for (int i = 0; i < 500; i++)
        {
            string text = RandomText.Next(random);
            Assert.Equal(text, _tokenizer.Decode(_tokenizer.Encode(text, allowSpecial: false)));
        }
    }

    [Fact]
    public void Decode_IdsOutsideTheVocabulary_AreNothing() => Assert.Equal("a", _tokenizer.Decode([-1, .. _tokenizer.Encode("a"), 100_000]));

    [Theory]
    [InlineData("<|pad|>")]
    [InlineData("\n")]
    [InlineData(" Emma")]
    [InlineData(" ")]
    public void TokenId_WholeToken_EncodesToIt(string piece)
    {
        int? id = _tokenizer.TokenId(piece);
        Assert.Equal([id!.Value], _tokenizer.Encode(piece));
        Assert.Equal(Encoding.UTF8.GetBytes(piece), _tokenizer.Bytes(id.Value).ToArray());
    }

    [Fact]
    public void TokenId_NotOneToken_IsNull() => Assert.Null(_tokenizer.TokenId("Emma starts"));

    public static TheoryData<string, string, string> Broken() => new()
    {
        { "not json", "{", "cut off" },
        { "another model", Edited(j => j["model"]!["type"] = "Unigram"), "only byte-level BPE" },
        { "normalizer", Edited(j => j["normalizer"] = new JsonObject { ["type"] = "Lowercase" }), "'Lowercase' is not supported" },
        { "pre-tokenizer", Edited(j => j["pre_tokenizer"] = new JsonObject { ["type"] = "Metaspace" }), "'Metaspace' is not supported" },
        { "prefix space", Edited(j => j["pre_tokenizer"]!["pretokenizers"]![1]!["add_prefix_space"] = true), "add_prefix_space" },
        { "behavior", Edited(j => j["pre_tokenizer"]!["pretokenizers"]![0]!["behavior"] = "MergedWithNext"), "MergedWithNext" },
        { "expression", Edited(j => j["pre_tokenizer"]!["pretokenizers"]![0]!["pattern"]!["Regex"] = "(a"), "cannot read" },
        { "no bytes", Edited(j => j["pre_tokenizer"]!["pretokenizers"]!.AsArray().RemoveAt(1)), "no ByteLevel step" },
        { "a byte missing", Edited(j => j["model"]!["vocab"]!.AsObject().Remove("Ġ")), "lacks the byte" },
        { "no merges", Edited(j => j["model"]!.AsObject().Remove("merges")), "no Hugging Face tokenizer file" },
        { "a merge of nothing", Edited(j => j["model"]!["merges"]!.AsArray().Add(new JsonArray("qq", "zz"))), "qq" },
        { "lstrip", Edited(j => j["added_tokens"]![0]!["lstrip"] = true), "lstrip" },
        { "added twice", Edited(j => j["added_tokens"]![0]!["content"] = "<|pad|>"), "twice" },
        { "word suffix", Edited(j => j["model"]!["end_of_word_suffix"] = "</w>"), "end_of_word_suffix" },
        { "negative id", Edited(j => j["added_tokens"]![0]!["id"] = -1), "negative" },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void Load_UnsupportedOrBroken_NamesFileAndReason(string what, string json, string reason)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("tokenizer.json"), json);
        var e = Assert.Throws<ModelFormatException>(() => ModelTokenizer.Load(folder.File("tokenizer.json")));
        Assert.True(e.Message.Contains(reason, StringComparison.Ordinal), $"{what}: {e.Message}");
        Assert.Contains("tokenizer.json", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_Missing_NamesFile()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("tokenizer.json", Assert.Throws<ModelFormatException>(() => ModelTokenizer.Load(folder.File("tokenizer.json"))).Message, StringComparison.Ordinal);
    }

    private static string Edited(Action<JsonNode> edit)
    {
        JsonNode json = JsonNode.Parse(TinyTokenizer.Json(merges: 20))!;
        edit(json);
        return json.ToJsonString();
    }
}
