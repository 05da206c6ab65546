using System.Text;
using System.Text.Unicode;
using InferenceServer.Modeling.Text;

namespace InferenceServer.Server.Generation;

/// <summary>How single tokens are shown in lists of log-probabilities. What was shown once is remembered.</summary>
public sealed class TokenTexts(ModelTokenizer tokenizer)
{
    private readonly Entry?[] _entries = new Entry?[tokenizer.VocabSize];

    /// <param name="Text">As text; half a character is U+FFFD.</param>
    /// <param name="Exact">As text if it is text by itself, else <c>bytes:\xNN</c>, so that two tokens never look the same.</param>
    /// <param name="Bytes">Its UTF-8 bytes.</param>
    public sealed record Entry(string Text, string Exact, IReadOnlyList<int> Bytes);

    public Entry this[int token] => (uint)token < (uint)_entries.Length ? _entries[token] ??= Create(token) : Create(token);

    private Entry Create(int token)
    {
        ReadOnlySpan<byte> bytes = tokenizer.Bytes(token);
        string text = Encoding.UTF8.GetString(bytes);
        string exact = Utf8.IsValid(bytes) ? text : $"bytes:{string.Concat(bytes.ToArray().Select(b => $"\\x{b:x2}"))}";
        return new(text, exact, [.. bytes.ToArray().Select(b => (int)b)]);
    }
}
