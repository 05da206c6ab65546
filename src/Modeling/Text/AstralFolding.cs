using System.Globalization;
using System.Text;

namespace InferenceServer.Modeling.Text;

/// <summary>
/// Makes .NET regular expressions, which see UTF-16 units, split text as expressions over code points do: every character beyond U+FFFF is replaced by one
/// unit of the same Unicode category. Without it <c>[^\s\p{L}]</c> would match half an emoji, and <c>\p{L}</c> no letter of plane 1.
/// Expressions that name such characters themselves are out of its reach.
/// </summary>
internal static class AstralFolding
{
    // The highest unit of each category: far from the ranges (Latin, CJK) that expressions spell out.
    private static readonly char[] Representatives = FindRepresentatives();

    /// <summary>The text with one unit for each character, and where each unit begins in the original (with the end as last entry); null when nothing had to be replaced.</summary>
    public static (string Folded, int[] Starts)? Fold(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
            return null;
        var folded = new StringBuilder(text.Length);
        var starts = new List<int>(text.Length);
        int position = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            starts.Add(position);
            folded.Append(rune.IsBmp ? (char)rune.Value : Representatives[(int)Rune.GetUnicodeCategory(rune)]);
            position += rune.Utf16SequenceLength;
        }
        starts.Add(position);
        return (folded.ToString(), [.. starts]);
    }

    private static char[] FindRepresentatives()
    {
        char[] representatives = new char[Enum.GetValues<UnicodeCategory>().Length];
        for (int c = 0; c <= char.MaxValue; c++)
            representatives[(int)char.GetUnicodeCategory((char)c)] = (char)c;
        return representatives;
    }
}
