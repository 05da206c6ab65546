using System.Text.RegularExpressions;
using InferenceServer.Strategies.Words;

namespace InferenceServer.Strategies.Handbooks;

/// <summary>
/// Okapi BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009) over a few thousand short texts. Words are compared
/// without case and without a plural's s; function words count nothing.
/// </summary>
public sealed partial class Bm25
{
    private const double K1 = 1.2, B = 0.75;

    private readonly Dictionary<string, int>[] _counts;
    private readonly int[] _lengths;
    private readonly double _meanLength;
    private readonly Dictionary<string, int> _documentsWith = new(StringComparer.Ordinal);

    public Bm25(IEnumerable<string> documents)
    {
        _counts = [.. documents.Select(document => Words(document).GroupBy(word => word).ToDictionary(words => words.Key, words => words.Count(), StringComparer.Ordinal))];
        _lengths = [.. _counts.Select(counts => counts.Values.Sum())];
        _meanLength = _lengths.Length == 0 ? 1 : Math.Max(1, _lengths.Average());
        foreach (string word in _counts.SelectMany(counts => counts.Keys))
            _documentsWith[word] = _documentsWith.GetValueOrDefault(word) + 1;
    }

    /// <summary>One score a document, in their order; 0 for one that shares no word.</summary>
    public double[] Scores(string query)
    {
        var scores = new double[_counts.Length];
        foreach (string word in Words(query).Distinct())
        {
            if (!_documentsWith.TryGetValue(word, out int with))
                continue;
            double rarity = Math.Log(1 + (_counts.Length - with + 0.5) / (with + 0.5));
            for (int d = 0; d < scores.Length; d++)
                if (_counts[d].TryGetValue(word, out int count))
                    scores[d] += rarity * count * (K1 + 1) / (count + K1 * (1 - B + B * _lengths[d] / _meanLength));
        }
        return scores;
    }

    private static IEnumerable<string> Words(string text) =>
        Word().Matches(text.ToLowerInvariant()).Select(match => match.Value).Where(word => !FunctionWords.Are(word)).Select(word => word.Length > 3 && word.EndsWith('s') && !word.EndsWith("ss", StringComparison.Ordinal) ? word[..^1] : word);

    [GeneratedRegex(@"[\p{L}\p{N}]+")]
    private static partial Regex Word();
}
