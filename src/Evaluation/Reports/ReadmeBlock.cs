namespace InferenceServer.Evaluation.Reports;

/// <summary>The part of a page that quotes the results: what stands between two marks is replaced, the rest stays.</summary>
internal static class ReadmeBlock
{
    private const string Begin = "<!-- results:begin -->", End = "<!-- results:end -->";

    /// <exception cref="EvaluationException">The page is missing or has no marks.</exception>
    public static void Check(string path) => Find(path);

    public static void Replace(string path, string block)
    {
        (string page, int from, int to) = Find(path);
        File.WriteAllText(path, $"{page[..from]}\n{block.TrimEnd('\n')}\n{page[to..]}");
    }

    private static (string Page, int From, int To) Find(string path)
    {
        if (!File.Exists(path))
            throw new EvaluationException($"readme: {path} is not there.");
        string page = File.ReadAllText(path);
        int from = page.IndexOf(Begin, StringComparison.Ordinal), to = page.IndexOf(End, StringComparison.Ordinal);
        return from >= 0 && to > from ? (page, from + Begin.Length, to) : throw new EvaluationException($"readme: {path} needs the marks {Begin} and {End}, in this order.");
    }
}
