namespace InferenceServer.Trainer.Tokenizing;

/// <summary>
/// Byte-pair encoding (Sennrich et al., arXiv:1508.07909) over bytes: start from the 256 bytes and merge the most frequent neighbouring pair until the
/// vocabulary is full. Ties go to the pair that sorts first, so that the same text gives the same tokenizer.
/// </summary>
public static class BytePairTrainer
{
    /// <param name="texts">The corpus.</param>
    /// <param name="vocabularySize">Entries wanted, the special tokens and the 256 bytes included.</param>
    /// <param name="specialTokens">Get the first ids; never produced by merging.</param>
    /// <returns>A vocabulary of at most <paramref name="vocabularySize"/> entries: a small corpus runs out of pairs before.</returns>
    public static BytePairVocabulary Train(IEnumerable<string> texts, int vocabularySize, IReadOnlyList<string> specialTokens)
    {
        var counts = new Dictionary<string, long>();
        foreach (string text in texts)
            foreach (string piece in Pretokenizer.Split(text))
                counts[piece] = counts.GetValueOrDefault(piece) + 1;

        List<string> tokens = [.. specialTokens, .. Pretokenizer.Alphabet];
        if (vocabularySize < tokens.Count)
            throw new ArgumentException($"The vocabulary needs at least {tokens.Count} entries: {specialTokens.Count} special tokens and 256 bytes; {vocabularySize} asked.", nameof(vocabularySize));
        List<(string Left, string Right)> merges = [];
        var words = counts.Select(pair => (Symbols: pair.Key.Select(letter => letter.ToString()).ToList(), Count: pair.Value)).ToList();
        while (tokens.Count < vocabularySize && MostFrequentPair(words) is var (left, right))
        {
            merges.Add((left, right));
            tokens.Add(left + right);
            foreach (var (symbols, _) in words)
                Merge(symbols, left, right);
        }
        return new(tokens, merges, specialTokens);
    }

    private static (string Left, string Right)? MostFrequentPair(List<(List<string> Symbols, long Count)> words)
    {
        var pairs = new Dictionary<(string, string), long>();
        foreach (var (symbols, count) in words)
            for (int i = 1; i < symbols.Count; i++)
                pairs[(symbols[i - 1], symbols[i])] = pairs.GetValueOrDefault((symbols[i - 1], symbols[i])) + count;
        if (pairs.Count == 0)
            return null;
        return pairs.OrderByDescending(pair => pair.Value)
            .ThenBy(pair => pair.Key.Item1, StringComparer.Ordinal).ThenBy(pair => pair.Key.Item2, StringComparer.Ordinal).First().Key;
    }

    internal static void Merge(List<string> symbols, string left, string right)
    {
        for (int i = 1; i < symbols.Count; i++)
        {
            if (symbols[i - 1] == left && symbols[i] == right)
            {
                symbols[i - 1] = left + right;
                symbols.RemoveAt(i);
            }
        }
    }
}
