using System.Text;

namespace InferenceServer.Modeling.Text;

/// <summary>Turns tokens into text as they come. Never gives half a character, and all its pieces together are the text of all the tokens at once.</summary>
/// <param name="skipSpecial">Whether special tokens are left out rather than named.</param>
public sealed class IncrementalDetokenizer(ModelTokenizer tokenizer, bool skipSpecial = true)
{
    private readonly Decoder _utf8 = Encoding.UTF8.GetDecoder();

    /// <summary>The text that this token makes certain: possibly nothing, while a character's bytes are still coming.</summary>
    public string Append(int token) => skipSpecial && tokenizer.IsSpecial(token) ? "" : Decode(tokenizer.Bytes(token), flush: false);

    /// <summary>What is left when no token follows: U+FFFD for a character cut short, else nothing. The next token starts afresh.</summary>
    public string Flush() => Decode([], flush: true);

    private string Decode(ReadOnlySpan<byte> bytes, bool flush)
    {
        Span<char> characters = stackalloc char[64];
        int needed = bytes.Length + 4;
        if (needed > characters.Length)
            characters = new char[needed];
        return new string(characters[.._utf8.GetChars(bytes, characters, flush)]);
    }
}
