using System.Globalization;
using System.Text;

namespace InferenceServer.Modeling.Text;

/// <summary>
/// Unicode's composed normal form (UAX #15). The runtime's own needs the ICU library, which a server's image does not have; without it
/// <see cref="string.Normalize()"/> returns its input.
/// </summary>
internal static class Nfc
{
    // Hangul syllables are composed by arithmetic (The Unicode Standard, section 3.12).
    private const int SBase = 0xAC00, LBase = 0x1100, VBase = 0x1161, TBase = 0x11A7, LCount = 19, VCount = 21, TCount = 28, SCount = LCount * VCount * TCount;

    private static readonly Dictionary<int, int[]> Decompositions = [];
    private static readonly Dictionary<(int, int), int> Compositions = [];
    private static readonly Dictionary<int, int> Classes = [];

    static Nfc()
    {
        using var reader = new StreamReader(typeof(Nfc).Assembly.GetManifestResourceStream("nfc.txt")!);
        while (reader.ReadLine() is { } line)
            if (line[0] != '#')
                ReadLine(line);
    }

    public static string Normalize(string text)
    {
        // Nothing below U+0300 combines, and every composed letter there is already composed.
        if (!text.AsSpan().ContainsAnyExceptInRange('\0', '\u02FF'))
            return text;
        var characters = new List<int>(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
            Decompose(rune.Value, characters);
        SortMarks(characters);
        Compose(characters);
        var composed = new StringBuilder(text.Length);
        foreach (int c in characters)
            composed.Append(new Rune(c));
        return composed.ToString();
    }

    private static void ReadLine(string line)
    {
        int mark = line.AsSpan().IndexOfAny('=', '>', ':');
        if (line[mark] == ':')
        {
            foreach (string range in line[(mark + 1)..].Split(' '))
            {
                int[] ends = Numbers(range, '-');
                for (int c = ends[0]; c <= ends[^1]; c++)
                    Classes[c] = int.Parse(line[..mark], CultureInfo.InvariantCulture);
            }
            return;
        }
        int character = Numbers(line[..mark], ' ')[0];
        int[] parts = Decompositions[character] = Numbers(line[(mark + 1)..], ' ');
        if (line[mark] == '=')
            Compositions[(parts[0], parts[1])] = character;

        static int[] Numbers(string text, char separator) => [.. text.Split(separator).Select(n => int.Parse(n, NumberStyles.HexNumber, CultureInfo.InvariantCulture))];
    }

    private static void Decompose(int c, List<int> output)
    {
        int syllable = c - SBase;
        if (syllable is >= 0 and < SCount)
        {
            output.Add(LBase + syllable / (VCount * TCount));
            output.Add(VBase + syllable % (VCount * TCount) / TCount);
            if (syllable % TCount != 0)
                output.Add(TBase + syllable % TCount);
        }
        else if (Decompositions.TryGetValue(c, out int[]? parts))
            foreach (int part in parts)
                Decompose(part, output);
        else
            output.Add(c);
    }

    /// <summary>Runs of combining marks are put in the order of their classes, equal ones left in place.</summary>
    private static void SortMarks(List<int> characters)
    {
        for (int start = 0; start < characters.Count; start++)
        {
            int end = start;
            while (end < characters.Count && Class(characters[end]) > 0)
                end++;
            if (end - start < 2)
                continue;
            int[] sorted = [.. characters[start..end].OrderBy(Class)];
            for (int i = 0; i < sorted.Length; i++)
                characters[start + i] = sorted[i];
            start = end;
        }
    }

    /// <summary>Each character joins the last starter before it, unless something of its own or a higher class stands between.</summary>
    private static void Compose(List<int> characters)
    {
        int starter = -1, lastClass = -1, written = 0;
        foreach (int c in characters.ToArray())
        {
            int mark = Class(c);
            if (starter >= 0 && (lastClass < mark || lastClass == -1) && Pair(characters[starter], c) is int composed)
            {
                characters[starter] = composed;
                continue;
            }
            if (mark == 0)
                (starter, lastClass) = (written, -1);
            else
                lastClass = mark;
            characters[written++] = c;
        }
        characters.RemoveRange(written, characters.Count - written);
    }

    private static int? Pair(int first, int second)
    {
        if (first - LBase is >= 0 and < LCount and var l && second - VBase is >= 0 and < VCount and var v)
            return SBase + (l * VCount + v) * TCount;
        if (first - SBase is >= 0 and < SCount and var s && s % TCount == 0 && second - TBase is > 0 and < TCount and var t)
            return first + t;
        return Compositions.TryGetValue((first, second), out int composed) ? composed : null;
    }

    private static int Class(int c) => Classes.GetValueOrDefault(c);
}
