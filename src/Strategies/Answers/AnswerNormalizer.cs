using System.Globalization;
using System.Text.RegularExpressions;

namespace InferenceServer.Strategies.Answers;

/// <summary>
/// Brings an answer into the form in which answers are compared: mark-up, articles, punctuation and case removed; numbers, fractions and units read.
/// </summary>
public static partial class AnswerNormalizer
{
    public static ExtractedAnswer Normalize(string answer)
    {
        string text = answer.Trim().ToLowerInvariant();
        text = Fraction().Replace(text, "$1/$2");
        text = TextCommand().Replace(text, "$1");
        text = Markup().Replace(text, " ").Replace("\\%", "%", StringComparison.Ordinal).Replace('−', '-').Trim();
        text = text.TrimEnd('.', '!', '?', ',', ';', ':').Trim();

        (double? number, string unit) = ReadNumber(text);
        string normalized = number is double value
            ? string.Create(CultureInfo.InvariantCulture, $"{value:R}{(unit.Length > 0 ? " " + unit : "")}")
            : Spaces().Replace(Words().Replace(text, " "), " ").Trim();
        return new ExtractedAnswer(answer.Trim(), normalized, number, unit);
    }

    /// <summary>A number with an optional currency before it or unit after it: 1,234.5 · 3/4 · 1 3/4 · 50 % · $12 · 3.5 km.</summary>
    private static (double? Number, string Unit) ReadNumber(string text)
    {
        Match match = Quantity().Match(text);
        if (!match.Success)
            return (null, "");
        double value = Parse(match.Groups["whole"].Value);
        if (match.Groups["top"].Success)
        {
            double bottom = Parse(match.Groups["bottom"].Value);
            if (bottom == 0)
                return (null, "");
            value += Parse(match.Groups["top"].Value) / bottom;
        }
        if (match.Groups["sign"].Value == "-")
            value = -value;
        string unit = match.Groups["unit"].Value.Trim();
        return (value, Unit(unit.Length > 0 ? unit : match.Groups["currency"].Value));
    }

    private static double Parse(string digits) =>
        digits.Length == 0 ? 0 : double.Parse(digits.Replace(",", "", StringComparison.Ordinal), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);

    private static string Unit(string unit) => unit switch
    {
        "$" or "usd" => "dollar",
        "€" or "eur" => "euro",
        "£" => "pound",
        "percent" or "per cent" => "%",
        _ => unit.Length > 3 && unit.EndsWith('s') ? unit[..^1] : unit,
    };

    [GeneratedRegex(@"\\[dt]?frac\s*\{([^{}]+)\}\s*\{([^{}]+)\}")]
    private static partial Regex Fraction();

    [GeneratedRegex(@"\\(?:text|mathrm|mathbf|textbf)\s*\{([^{}]*)\}")]
    private static partial Regex TextCommand();

    /// <summary>Dollar signs that enclose a formula go, one before a number stays: it is a currency.</summary>
    [GeneratedRegex(@"\\[()\[\]!,;]|\\left|\\right|\*\*|`|\$(?!\s*[0-9])|(?<=[0-9])\$")]
    private static partial Regex Markup();

    [GeneratedRegex(@"\b(a|an|the)\b|[.,;:!?""']")]
    private static partial Regex Words();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    // [0-9]: \d has the digits of every script, which double.Parse does not read.
    [GeneratedRegex(
        """
        ^ (?<sign>[-+]?) \s* (?<currency>[$€£]?) \s*
        (?: (?<top>[0-9]+) \s*/\s* (?<bottom>[0-9]+)
          | (?<whole> [0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)? | [0-9]+(?:\.[0-9]+)? | \.[0-9]+ ) (?: \s+ (?<top>[0-9]+) \s*/\s* (?<bottom>[0-9]+) )? )
        (?<unit> \s*% | \s*\p{L}{2}[\p{L}\ ]*(?:/\p{L}+)? | \s+\p{L}[\p{L}\ ]*(?:/\p{L}+)? )? $
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Quantity();
}
