using System.Text.Json;

namespace InferenceServer.Strategies.Feedback;

/// <summary>Tones of feedback: Ekman's six emotions, and none.</summary>
public enum Tone
{
    Neutral,
    Anger,
    Disgust,
    Fear,
    Happiness,
    Sadness,
    Surprise,
}

/// <summary>
/// Short sentences by tone that precede feedback. They say nothing about the task or the right answer and threaten nobody; users never see them. An operator may
/// replace them by a file of the same shape.
/// </summary>
public sealed class FeedbackPhrases
{
    private const int Longest = 200;

    private readonly Dictionary<Tone, string[]> _phrases;

    private FeedbackPhrases(Dictionary<Tone, string[]> phrases) => _phrases = phrases;

    /// <summary>Those of <c>feedback-phrases.json</c>.</summary>
    public static FeedbackPhrases BuiltIn { get; } = ReadBuiltIn();

    /// <summary>In alphabetical order.</summary>
    public static IReadOnlyList<Tone> Tones { get; } = [.. Enum.GetValues<Tone>().OrderBy(tone => tone.ToString(), StringComparer.Ordinal)];

    public IReadOnlyList<string> this[Tone tone] => _phrases[tone];

    /// <summary>Reads a JSON object with a list of sentences for each tone, <c>{"neutral": ["..."], "anger": [...], ...}</c>.</summary>
    /// <exception cref="FormatException">A tone is missing or unknown, or a sentence is empty or longer than 200 characters; the message says which.</exception>
    public static FeedbackPhrases Parse(string json)
    {
        Dictionary<string, string[]> read;
        try
        {
            read = JsonSerializer.Deserialize<Dictionary<string, string[]>>(json) ?? [];
        }
        catch (JsonException e)
        {
            throw new FormatException($"Feedback phrases must be an object with a list of sentences for each tone: {e.Message}", e);
        }
        var phrases = new Dictionary<Tone, string[]>();
        foreach (Tone tone in Enum.GetValues<Tone>())
        {
            string name = JsonNamingPolicy.SnakeCaseLower.ConvertName(tone.ToString());
            if (!read.Remove(name, out string[]? sentences) || sentences.Length == 0)
                throw new FormatException($"Feedback phrases lack sentences for '{name}'.");
            if (Array.Find(sentences, sentence => string.IsNullOrWhiteSpace(sentence) || sentence.Length > Longest || sentence.Contains('\n', StringComparison.Ordinal)) is { } bad)
                throw new FormatException($"A feedback phrase for '{name}' must be one line of 1 to {Longest} characters, but is '{bad}'.");
            phrases[tone] = sentences;
        }
        return read.Count == 0 ? new(phrases) : throw new FormatException($"There is no tone '{read.Keys.First()}' for feedback phrases.");
    }

    private static FeedbackPhrases ReadBuiltIn()
    {
        using var reader = new StreamReader(typeof(FeedbackPhrases).Assembly.GetManifestResourceStream("feedback-phrases.json")!);
        return Parse(reader.ReadToEnd());
    }
}
