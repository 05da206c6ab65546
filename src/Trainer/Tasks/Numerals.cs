using System.Globalization;
using System.Text.RegularExpressions;

namespace InferenceServer.Trainer.Tasks;

/// <summary>Numbers as a text may write them: in digits, or small ones as words.</summary>
public static partial class Numerals
{
    // "One" is left out: it is a pronoun as often as a number.
    private static readonly string[] Words = ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];

    /// <summary>The word for a number from 2 to 12; null for any other.</summary>
    public static string? Word(int number) => number >= 2 && number - 2 < Words.Length ? Words[number - 2] : null;

    /// <summary>The numbers of a text in its order. Those too large for an <see cref="int"/> are left out.</summary>
    public static IEnumerable<int> In(string text)
    {
        foreach (Match match in Number().Matches(text))
        {
            if (int.TryParse(match.Value, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
                yield return number;
            else if (Array.IndexOf(Words, match.Value.ToLowerInvariant()) is >= 0 and int word)
                yield return word + 2;
        }
    }

    [GeneratedRegex(@"\d+|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Number();
}
