using System.Text;
using InferenceServer.Modeling.Text;

namespace InferenceServer.Modeling.Tests.Text;

public sealed class IncrementalDetokenizerTests(TinyTokenizerFixture fixture) : IClassFixture<TinyTokenizerFixture>
{
    private readonly ModelTokenizer _tokenizer = fixture.Tokenizer;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Append_RandomTokens_ConcatenatesToWholeDecode(bool skipSpecial)
    {
        var random = new Random(1);
        for (int run = 0; run < 2000; run++)
        {
            // Mostly single bytes, so that characters are often broken, overlong or out of place.
            int[] tokens = [.. Enumerable.Range(0, random.Next(1, 30)).Select(_ => random.Next(_tokenizer.VocabSize + 3))];
            var detokenizer = new IncrementalDetokenizer(_tokenizer, skipSpecial);
            string text = string.Concat(tokens.Select(detokenizer.Append)) + detokenizer.Flush();
            Assert.Equal(_tokenizer.Decode(tokens, skipSpecial), text);
        }
    }

    [Fact]
    public void Append_CharacterOfFourTokens_ComesWithTheLast()
    {
        var detokenizer = new IncrementalDetokenizer(_tokenizer);
        int[] tokens = [.. Encoding.UTF8.GetBytes("🦊").Select(TokenOfByte)];
        Assert.Equal(["", "", "", "🦊"], tokens.Select(detokenizer.Append));
        Assert.Equal("", detokenizer.Flush());
    }

    [Fact]
    public void Append_RandomText_EveryPieceIsWellFormed()
    {
        var random = new Random(2);
        for (int run = 0; run < 500; run++)
        {
            var detokenizer = new IncrementalDetokenizer(_tokenizer);
            foreach (int token in _tokenizer.Encode(RandomText.Next(random), allowSpecial: false))
            {
                string piece = detokenizer.Append(token);
                Assert.False(piece.Length > 0 && (char.IsLowSurrogate(piece[0]) || char.IsHighSurrogate(piece[^1])), "half a surrogate pair");
            }
        }
    }

    [Fact]
    public void Flush_CharacterCutShort_GivesReplacement()
    {
        var detokenizer = new IncrementalDetokenizer(_tokenizer);
        Assert.Equal("", detokenizer.Append(TokenOfByte(0xE4)));
        Assert.Equal("\uFFFD", detokenizer.Flush());
        Assert.Equal("a", detokenizer.Append(TokenOfByte((byte)'a')));
    }

    [Fact]
    public void Append_SpecialToken_IsLeftOutUnlessAskedFor()
    {
        int end = _tokenizer.TokenId("<|endoftext|>")!.Value;
        Assert.Equal("", new IncrementalDetokenizer(_tokenizer).Append(end));
        Assert.Equal("<|endoftext|>", new IncrementalDetokenizer(_tokenizer, skipSpecial: false).Append(end));
    }

    private int TokenOfByte(byte b) => Enumerable.Range(0, _tokenizer.VocabSize).First(id => _tokenizer.Bytes(id).SequenceEqual([b]));
}
