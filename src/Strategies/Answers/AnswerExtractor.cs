using System.Text.RegularExpressions;

namespace InferenceServer.Strategies.Answers;

/// <summary>
/// Finds the final answer in a completion: the last boxed expression, else what follows the last answer marker on its line, else the last number.
/// </summary>
public static partial class AnswerExtractor
{
    private const string Boxed = "\\boxed{";

    /// <summary>Null when the text holds no answer.</summary>
    public static ExtractedAnswer? Extract(string text)
    {
        string? answer = LastBoxed(text) ?? LastMarked(text) ?? LastNumber(text);
        return answer is null ? null : AnswerNormalizer.Normalize(answer);
    }

    /// <summary>The content of the last complete \boxed{...}, inner braces balanced.</summary>
    private static string? LastBoxed(string text)
    {
        for (int at = text.Length; at > 0 && (at = text.LastIndexOf(Boxed, at - 1, StringComparison.Ordinal)) >= 0;)
        {
            int start = at + Boxed.Length, depth = 1;
            for (int i = start; i < text.Length; i++)
            {
                depth += text[i] switch { '{' => 1, '}' => -1, _ => 0 };
                if (depth == 0)
                {
                    if (!string.IsNullOrWhiteSpace(text[start..i]))
                        return text[start..i];
                    break;
                }
            }
        }
        return null;
    }

    private static string? LastMarked(string text)
    {
        Match last = Marker().Match(text);
        return last.Success ? last.Groups["answer"].Value : null;
    }

    private static string? LastNumber(string text)
    {
        Match last = Number().Match(text);
        return last.Success ? last.Value : null;
    }

    [GeneratedRegex(
        @"(####|\banswer(\s+is)?\s*:|\banswer\s+is\b)[ \t*:]*(?<answer>[^\s*][^\n]*)",
        RegexOptions.IgnoreCase | RegexOptions.RightToLeft | RegexOptions.CultureInvariant)]
    private static partial Regex Marker();

    [GeneratedRegex(@"(?<![\w.])[-+]?([0-9]{1,3}(,[0-9]{3})+|[0-9]+)(\.[0-9]+)?(\s*/\s*[0-9]+)?\s*%?", RegexOptions.RightToLeft | RegexOptions.CultureInvariant)]
    private static partial Regex Number();
}
