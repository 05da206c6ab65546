using InferenceServer.Modeling.Text;

namespace InferenceServer.Strategies;

/// <summary>A candidate's text as it grows: tokens to characters, ended before the first stop string.</summary>
internal sealed class CandidateText(ModelTokenizer tokenizer, IReadOnlyList<string> stop)
{
    private readonly IncrementalDetokenizer _detokenizer = new(tokenizer);
    private readonly StopStrings? _stop = stop.Count > 0 ? new(stop) : null;

    /// <summary>The text that became certain with this token, and whether a stop string ended it.</summary>
    /// <param name="token">The token.</param>
    /// <param name="decoded">Characters that the detokenizer has produced with it, those held back for a stop string included.</param>
    public (string Emit, bool Stopped) Append(int token, out int decoded)
    {
        string text = _detokenizer.Append(token);
        decoded = text.Length;
        return _stop is null ? (text, false) : _stop.Append(text);
    }

    /// <summary>What was held back, when no token follows.</summary>
    public string Flush()
    {
        string text = _detokenizer.Flush();
        if (_stop is null)
            return text;
        (string emit, bool stopped) = _stop.Append(text);
        return stopped ? emit : emit + _stop.Flush();
    }
}
