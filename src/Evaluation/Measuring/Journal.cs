using System.Collections.Concurrent;
using System.Text.Json;

namespace InferenceServer.Evaluation.Measuring;

/// <summary>
/// Finished trials as JSON lines, written as they finish: an interrupted run goes on where it stopped, and an unchanged plan is not measured twice. A line's
/// key covers everything that its outcome depends on, so lines of another model or setting are simply not found.
/// </summary>
public sealed class Journal : IDisposable
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
    };

    private readonly ConcurrentDictionary<string, TrialOutcome> _outcomes = new(StringComparer.Ordinal);
    private readonly StreamWriter? _writer;
    private readonly Lock _lock = new();

    /// <summary>A journal that is kept nowhere.</summary>
    public Journal() { }

    /// <exception cref="EvaluationException">The file cannot be opened.</exception>
    public Journal(string path)
    {
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
                Directory.CreateDirectory(folder);
            bool cutOff = false;
            if (File.Exists(path))
            {
                foreach (string line in File.ReadLines(path))
                    Read(line);
                cutOff = File.ReadAllBytes(path) is [.., not (byte)'\n'];
            }
            _writer = new StreamWriter(path, append: true) { AutoFlush = true };
            // What follows a line that was cut off must not be glued to it.
            if (cutOff)
                _writer.WriteLine();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EvaluationException($"Cannot use {path} as the journal: {e.Message}", e);
        }
    }

    public TrialOutcome? Find(string key) => _outcomes.GetValueOrDefault(key);

    public void Add(string key, TrialOutcome outcome)
    {
        _outcomes[key] = outcome;
        lock (_lock)
            _writer?.WriteLine(JsonSerializer.Serialize(new Line(key, outcome), Json));
    }

    public void Dispose() => _writer?.Dispose();

    private void Read(string line)
    {
        try
        {
            if (line.Length > 0 && JsonSerializer.Deserialize<Line>(line, Json) is { Key: not null, Outcome.Answers.Count: > 0 } read)
                _outcomes[read.Key] = read.Outcome;
        }
        catch (JsonException)
        {
            // The line that was being written when the run was killed: that problem is measured again.
        }
    }

    private sealed record Line(string Key, TrialOutcome Outcome);
}
