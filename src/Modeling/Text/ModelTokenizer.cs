using System.Buffers;
using System.Text;
using Microsoft.ML.Tokenizers;

namespace InferenceServer.Modeling.Text;

/// <summary>
/// A byte-level BPE tokenizer read from a Hugging Face <c>tokenizer.json</c>; gives the ids that Hugging Face's own library gives. Safe for use from several
/// threads.
/// </summary>
public sealed class ModelTokenizer
{
    /// <summary>Splits the text of a special token that stands in somebody's message; a noncharacter, which no interchanged text holds.</summary>
    private const char Shield = '\uFDD0';

    private readonly BpeTokenizer _bpe;
    private readonly AddedTokens _added;
    private readonly bool _normalizes;
    private readonly bool _wholePieces;
    private readonly IReadOnlyDictionary<string, int> _vocabulary;
    private readonly byte[][] _bytes;

    internal ModelTokenizer(TokenizerJson json)
    {
        (_added, _normalizes, _wholePieces, _vocabulary, _bpe) = (json.AddedTokens, json.Normalizes, json.IgnoreMerges, json.Vocabulary, json.Bpe);
        _bytes = json.TokenBytes();
    }

    /// <exception cref="ModelFormatException">The file is missing, no tokenizer, or of a kind that is not supported.</exception>
    public static ModelTokenizer Load(string tokenizerJsonPath) => new(TokenizerJson.Read(tokenizerJsonPath));

    /// <summary>One more than the largest id.</summary>
    public int VocabSize => _bytes.Length;

    /// <param name="text">Text; halves of surrogate pairs become U+FFFD.</param>
    /// <param name="allowSpecial">Whether the text of a special token becomes that token. Give false for text that is not ours.</param>
    public int[] Encode(string text, bool allowSpecial = true) => Encode(text, allowSpecial, static piece => piece);

    /// <summary>The text without its special tokens, or with their names. Bytes that are no UTF-8 become U+FFFD; ids outside the vocabulary are nothing.</summary>
    public string Decode(ReadOnlySpan<int> tokens, bool skipSpecial = true)
    {
        var bytes = new ArrayBufferWriter<byte>();
        foreach (int token in tokens)
            if (!(skipSpecial && IsSpecial(token)))
                bytes.Write(Bytes(token));
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    /// <summary>The id of a whole token: the name of an added one, or a text that is one token; null when there is none.</summary>
    public int? TokenId(string piece)
    {
        if (_added.Ids.TryGetValue(piece, out int id))
            return id;
        string name = string.Concat(Encoding.UTF8.GetBytes(piece).Select(b => ByteLevel.Alphabet[b]));
        return _vocabulary.TryGetValue(name, out id) ? id : null;
    }

    /// <summary>Whether the token is a control mark, which is not part of a text.</summary>
    public bool IsSpecial(int id) => _added.Special.Contains(id);

    /// <summary>The UTF-8 bytes of a token, possibly part of a character; of a special token its name; none outside the vocabulary.</summary>
    public ReadOnlySpan<byte> Bytes(int id) => (uint)id < (uint)_bytes.Length ? _bytes[id] : [];

    /// <summary>Breaks up what reads like a special token in somebody's text. <see cref="EncodeShielded"/> takes the breaks out again.</summary>
    internal string ShieldSpecial(string text) =>
        _added.SpecialText is null ? text : _added.SpecialText.Replace(text, static match => match.Value.Insert(1, Shield.ToString()));

    /// <summary>Encodes a text in which special tokens count, except those that <see cref="ShieldSpecial"/> broke up: they are plain text.</summary>
    internal int[] EncodeShielded(string text) => Encode(text, allowSpecial: true, static piece => piece.Replace(Shield.ToString(), ""));

    private int[] Encode(string text, bool allowSpecial, Func<string, string> unshield)
    {
        var ids = new List<int>(text.Length / 3 + 4);
        foreach (var (piece, id) in _added.Cut(WellFormed(text), allowSpecial))
            if (id is int token)
                ids.Add(token);
            else
                EncodePlain(unshield(piece), ids);
        return [.. ids];
    }

    private void EncodePlain(string text, List<int> ids)
    {
        if (_normalizes)
            text = Nfc.Normalize(text);
        if (!_wholePieces)
        {
            ids.AddRange(_bpe.EncodeToIds(text));
            return;
        }
        foreach (var (offset, length) in _bpe.PreTokenizer!.PreTokenize(text))
        {
            string piece = text.Substring(offset, length);
            if (TokenId(piece) is int whole)
                ids.Add(whole);
            else
                ids.AddRange(_bpe.EncodeToIds(piece, considerPreTokenization: false));
        }
    }

    private static string WellFormed(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
            return text;
        var repaired = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
            repaired.Append(rune);
        return repaired.ToString();
    }
}
