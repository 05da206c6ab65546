using System.Text;
using System.Text.RegularExpressions;

namespace InferenceServer.Strategies.Verifying;

/// <summary>
/// Cheap checks before any model judges: content-free answers ("master keys") make judges say yes ("One Token to Fool LLM-as-a-Judge", arXiv:2507.08794). A
/// list of known keys would be no defence, so what is asked for is content: a word or number beyond openers and headers of several languages.
/// </summary>
public static partial class AnswerGuards
{
    /// <summary>The ten keys that the paper names, for canaries and tests.</summary>
    public static IReadOnlyList<string> MasterKeys { get; } =
        [" ", ".", ",", ":", "Thought process:", "Let's solve this problem step by step.", "Solution", "解", "かいせつ", "Respuesta"];

    private static readonly HashSet<string> Openers = new(StringComparer.OrdinalIgnoreCase)
    {
        "solution", "solutions", "answer", "answers", "final", "result", "thought", "thoughts", "process", "reasoning", "explanation", "analysis", "step", "steps", "by", "let", "lets",
        "s", "us", "me", "we", "i", "will", "can", "now", "first", "solve", "solving", "think", "about", "this", "the", "a", "an", "is", "to", "of", "it", "problem", "question", "carefully",
        "okay", "ok", "so", "well", "here", "begin", "start", "ll",
        "解", "解答", "解説", "答え", "答案", "かいせつ", "解析", "respuesta", "solución", "solucion", "réponse", "reponse", "lösung", "losung", "antwort", "ответ", "решение", "risposta", "soluzione",
    };

    /// <summary>One form for all spellings: NFKC, no zero-width characters, single spaces.</summary>
    public static string Normalize(string text) =>
        Spaces().Replace(ZeroWidth().Replace(text.Normalize(NormalizationForm.FormKC), ""), " ").Trim();

    /// <summary>Whether a text holds more than punctuation, openers and headers.</summary>
    public static bool HasContent(string text) => Words().Matches(Normalize(text)).Any(word => !Openers.Contains(word.Value));

    /// <summary>The text as data between marks that cannot occur in it.</summary>
    public static string Quote(string text) => $"<<<\n{text.Replace("<<<", "< < <", StringComparison.Ordinal).Replace(">>>", "> > >", StringComparison.Ordinal)}\n>>>";

    [GeneratedRegex(@"[\u200B-\u200F\u202A-\u202E\u2060-\u2064\uFEFF\u00AD]")]
    private static partial Regex ZeroWidth();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    [GeneratedRegex(@"[\p{L}\p{M}]+|\p{N}+")]
    private static partial Regex Words();
}
