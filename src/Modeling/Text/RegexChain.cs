using System.Text.RegularExpressions;
using Microsoft.ML.Tokenizers;

namespace InferenceServer.Modeling.Text;

/// <summary>
/// The pre-tokenizer of a <c>tokenizer.json</c>: cuts text into the pieces that merges never cross. A chain of regular expressions, each applied within the
/// pieces of the one before.
/// </summary>
internal sealed class RegexChain(IReadOnlyList<SplitRegex> chain) : PreTokenizer
{
    public override IEnumerable<(int Offset, int Length)> PreTokenize(string text)
    {
        // Expressions look around within their piece only, so each piece is cut as a text of its own.
        IEnumerable<(int Offset, int Length)> pieces = text.Length == 0 ? [] : [(0, text.Length)];
        foreach (SplitRegex split in chain)
            pieces = pieces.SelectMany(p => split.Cut(text.Substring(p.Offset, p.Length)).Select(c => (p.Offset + c.Offset, c.Length)));
        return pieces;
    }

    public override IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text) => PreTokenize(text.ToString());
}

/// <summary>One cut: the matches of an expression are pieces, and what lies between them is kept as pieces or dropped.</summary>
internal sealed record SplitRegex(Regex Regex, bool KeepGaps = true)
{
    public IEnumerable<(int Offset, int Length)> Cut(string text)
    {
        var folding = AstralFolding.Fold(text);
        int end = 0;
        int At(int unit) => folding is null ? unit : folding.Value.Starts[unit];
        for (Match match = Regex.Match(folding?.Folded ?? text); match.Success; match = match.NextMatch())
        {
            int start = At(match.Index), next = At(match.Index + match.Length);
            if (KeepGaps && start > end)
                yield return (end, start - end);
            if (next > start)
                yield return (start, next - start);
            end = next;
        }
        if (KeepGaps && text.Length > end)
            yield return (end, text.Length - end);
    }
}
