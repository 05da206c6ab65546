using System.Text;
using System.Text.RegularExpressions;

namespace InferenceServer.Trainer.Tokenizing;

/// <summary>Cuts text into the pieces within which byte pairs may merge: words with their space, single digits, single marks, single line breaks.</summary>
public static partial class Pretokenizer
{
    /// <summary>Digits stay apart, which small models need for arithmetic, and so does the newline, which ends a reasoning step.</summary>
    public const string Pattern = @" ?[A-Za-z]+| ?\d| ?[^\sA-Za-z\d]|\s";

    [GeneratedRegex(Pattern)]
    private static partial Regex Pieces();

    private static readonly char[] ByteLetters = CreateByteLetters();

    /// <summary>The pieces of <paramref name="text"/> in GPT-2's printable letters, one letter a byte.</summary>
    public static IEnumerable<string> Split(string text)
    {
        foreach (Match piece in Pieces().Matches(text))
            yield return ToLetters(Encoding.UTF8.GetBytes(piece.Value));
    }

    public static string ToLetters(ReadOnlySpan<byte> bytes)
    {
        var letters = new StringBuilder(bytes.Length);
        foreach (byte b in bytes)
            letters.Append(ByteLetters[b]);
        return letters.ToString();
    }

    /// <summary>The letters of all 256 bytes, in byte order.</summary>
    public static IEnumerable<string> Alphabet => ByteLetters.Select(letter => letter.ToString());

    // GPT-2's mapping: printable Latin-1 stands for itself, the other bytes for the letters from U+0100 on.
    private static char[] CreateByteLetters()
    {
        char[] letters = new char[256];
        int next = 256;
        for (int b = 0; b < 256; b++)
            letters[b] = b is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE and <= 0xFF ? (char)b : (char)next++;
        return letters;
    }
}
