using System.Text.RegularExpressions;
using InferenceServer.Strategies.Words;

namespace InferenceServer.Strategies.Echoes;

/// <summary>
/// Whether, and how far, a text begins by repeating its question. The rule is the cheap one of "Echoes as Anchors", arXiv:2602.06600: more than half of the
/// question's distinct words within the first 500 characters. The span is ours: the longest run of first sentences that share most of their content words with
/// the question.
/// </summary>
public static partial class EchoDetection
{
    private const int Window = 500;
    private const double MostWords = 0.5, SentenceOverlap = 0.6;

    public static bool HasEcho(string question, string text)
    {
        HashSet<string> words = Words(question);
        if (words.Count == 0)
            return false;
        HashSet<string> said = Words(text.Length > Window ? text[..Window] : text);
        return words.Count(said.Contains) > MostWords * words.Count;
    }

    /// <summary>How many characters at the beginning repeat the question; 0 when there is no echo.</summary>
    public static int SpanLength(string question, string text)
    {
        if (!HasEcho(question, text))
            return 0;
        HashSet<string> asked = Content(question);
        int end = 0;
        foreach (Match sentence in Sentence().Matches(text))
        {
            HashSet<string> words = Content(sentence.Value);
            if (words.Count == 0 || words.Count(asked.Contains) < SentenceOverlap * words.Count)
                break;
            end = sentence.Index + sentence.Length;
        }
        return end;
    }

    private static HashSet<string> Words(string text) => [.. Word().Matches(text.ToLowerInvariant()).Select(word => word.Value)];

    private static HashSet<string> Content(string text) => [.. Words(text).Where(word => !FunctionWords.Are(word))];

    [GeneratedRegex(@"[\p{L}\p{N}]+")]
    private static partial Regex Word();

    /// <summary>Up to a full stop that no digit follows, a question or exclamation mark, or the line's end, with the white space after it.</summary>
    [GeneratedRegex(@"[^\n]+?(?:[.!?](?!\d)\s*|\n\s*|$)")]
    private static partial Regex Sentence();
}
