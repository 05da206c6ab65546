using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace InferenceServer.Trainer.Rollouts;

/// <summary>
/// Results that take minutes to compute and are kept one by one as they come, in any order: a JSON line each, with its index. An interrupted job goes on with those that are
/// missing. The file appears under its own name, in order, when it is whole.
/// </summary>
/// <param name="path">The finished file; the unfinished one lies beside it.</param>
public sealed class JsonJournal<T>(string path)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private sealed record Line(int Index, T Item);

    /// <summary>Computes what is not there yet.</summary>
    /// <param name="count">How many items there are.</param>
    /// <param name="parallelism">How many to compute at once.</param>
    /// <param name="compute">An item by its index.</param>
    /// <param name="onItem">Called for each item as it is known, at once for those found in the file.</param>
    public async Task<IReadOnlyList<T>> CompleteAsync(
        int count, int parallelism, Func<int, CancellationToken, Task<T>> compute, Action? onItem = null, CancellationToken cancellationToken = default)
    {
        if (File.Exists(path))
        {
            var finished = Load();
            if (finished.Count == count)
            {
                for (int i = 0; i < count; i++)
                    onItem?.Invoke();
                return finished;
            }
        }
        string unfinished = path + ".unfinished";
        var items = new T[count];
        var done = new bool[count];
        foreach (var line in ReadUnfinished(unfinished))
        {
            if (line.Index >= count || done[line.Index])
                continue;
            (items[line.Index], done[line.Index]) = (line.Item, true);
            onItem?.Invoke();
        }
        using (var writer = new StreamWriter(unfinished, append: true) { AutoFlush = true })
        {
            // Ends a line that an interruption cut short.
            if (writer.BaseStream.Length > 0)
                await writer.WriteLineAsync();
            var gate = new Lock();
            var options = new ParallelOptions { MaxDegreeOfParallelism = parallelism, CancellationToken = cancellationToken };
            await Parallel.ForEachAsync(Enumerable.Range(0, count).Where(i => !done[i]), options, async (i, token) =>
            {
                items[i] = await compute(i, token);
                string text = JsonSerializer.Serialize(new Line(i, items[i]), Json);
                lock (gate)
                    writer.WriteLine(text);
                onItem?.Invoke();
            });
        }
        File.WriteAllLines(unfinished + ".sorted", items.Select(item => JsonSerializer.Serialize(item, Json)));
        File.Move(unfinished + ".sorted", path, overwrite: true);
        File.Delete(unfinished);
        return items;
    }

    /// <summary>Reads the finished file.</summary>
    public IReadOnlyList<T> Load() => [.. File.ReadLines(path).Select(line => JsonSerializer.Deserialize<T>(line, Json)!)];

    private static IEnumerable<Line> ReadUnfinished(string path)
    {
        if (!File.Exists(path))
            yield break;
        foreach (string text in File.ReadLines(path))
        {
            Line? line;
            try
            {
                line = text.Length == 0 ? null : JsonSerializer.Deserialize<Line>(text, Json);
            }
            catch (JsonException)
            {
                line = null;   // cut short by an interruption
            }
            if (line is not null)
                yield return line;
        }
    }
}
