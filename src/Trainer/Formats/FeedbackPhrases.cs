using System.Text.Json;

namespace InferenceServer.Trainer.Formats;

/// <summary>Short sentences by tone that may precede feedback: six emotions and neutral. They say nothing about the task or the right answer.</summary>
/// <param name="Phrases">Sentences by the name of their tone.</param>
public sealed record FeedbackPhrases(IReadOnlyDictionary<string, string[]> Phrases)
{
    /// <summary>Those of <c>feedback-phrases.json</c>, an object with a list of sentences for each tone.</summary>
    public static FeedbackPhrases BuiltIn { get; } = Read();

    /// <summary>In alphabetical order.</summary>
    public IReadOnlyList<string> Tones { get; } = [.. Phrases.Keys.Order(StringComparer.Ordinal)];

    private static FeedbackPhrases Read()
    {
        using var stream = typeof(FeedbackPhrases).Assembly.GetManifestResourceStream("feedback-phrases.json")!;
        return new(JsonSerializer.Deserialize<Dictionary<string, string[]>>(stream)!);
    }
}
