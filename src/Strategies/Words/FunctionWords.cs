namespace InferenceServer.Strategies.Words;

/// <summary>English words that say nothing about what a text is about.</summary>
internal static class FunctionWords
{
    private static readonly HashSet<string> All =
    [
        "a", "an", "the", "and", "or", "but", "if", "then", "of", "to", "in", "on", "at", "by", "for", "with", "from", "as", "into", "is", "are", "was", "were", "be", "been", "has", "have",
        "had", "do", "does", "did", "it", "its", "this", "that", "these", "those", "there", "he", "she", "they", "them", "his", "her", "their", "we", "i", "you", "your", "so", "not", "no",
        "how", "what", "which", "when", "who", "where", "why",
    ];

    /// <param name="word">In lower case.</param>
    public static bool Are(string word) => All.Contains(word);
}
