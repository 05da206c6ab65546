namespace InferenceServer.Trainer.Evaluating;

/// <summary>The part of a Markdown page that quotes what a command measured: what stands between <c>&lt;!-- name:begin --&gt;</c> and <c>&lt;!-- name:end --&gt;</c> is replaced, the rest stays.</summary>
public sealed class PageBlock(string name)
{
    private readonly string _begin = $"<!-- {name}:begin -->", _end = $"<!-- {name}:end -->";

    /// <summary>The block's text.</summary>
    /// <exception cref="PageBlockException">The page is missing or has no marks.</exception>
    public string Read(string path)
    {
        (string page, int from, int to) = Find(path);
        return page[from..to].Trim('\n');
    }

    /// <exception cref="PageBlockException">The page is missing or has no marks.</exception>
    public void Replace(string path, string block)
    {
        (string page, int from, int to) = Find(path);
        File.WriteAllText(path, $"{page[..from]}\n{block.TrimEnd('\n')}\n{page[to..]}");
    }

    private (string Page, int From, int To) Find(string path)
    {
        if (!File.Exists(path))
            throw new PageBlockException($"{path} is not there.");
        string page = File.ReadAllText(path);
        int from = page.IndexOf(_begin, StringComparison.Ordinal), to = page.IndexOf(_end, StringComparison.Ordinal);
        return from >= 0 && to > from ? (page, from + _begin.Length, to) : throw new PageBlockException($"{path} needs the marks {_begin} and {_end}, in this order.");
    }
}

/// <summary>There is no place for the block; the message says what is missing.</summary>
public sealed class PageBlockException(string message) : Exception(message);
