using System.Diagnostics.CodeAnalysis;

namespace InferenceServer.Modeling.Text;

/// <summary>
/// The alphabet of byte-level BPE (GPT-2): each byte is a printable character, so that a vocabulary is plain text. Printable Latin-1 stands for itself,
/// the others follow from U+0100 on; a space is 'Ġ'.
/// </summary>
internal static class ByteLevel
{
    /// <summary>Byte to character.</summary>
    public static readonly string Alphabet = string.Create(256, 0, static (characters, _) =>
    {
        int next = 0x100;
        for (int b = 0; b < characters.Length; b++)
            characters[b] = b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE ? (char)b : (char)next++;
    });

    private static readonly Dictionary<char, byte> Bytes = Alphabet.Select((c, b) => (c, b)).ToDictionary(p => p.c, p => (byte)p.b);

    /// <summary>The bytes that a token of the vocabulary stands for; false when it holds a character outside the alphabet.</summary>
    public static bool TryDecode(string token, [NotNullWhen(true)] out byte[]? bytes)
    {
        byte[] decoded = new byte[token.Length];
        bytes = null;
        for (int i = 0; i < token.Length; i++)
            if (!Bytes.TryGetValue(token[i], out decoded[i]))
                return false;
        bytes = decoded;
        return true;
    }
}
