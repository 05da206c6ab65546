namespace InferenceServer.Modeling.Text;

/// <summary>
/// Cuts a growing text before the first stop string, wherever the borders between its pieces lie. Text that may be the beginning of a stop string is held
/// back; everything else passes at once. The first stop string to be complete wins (of several at once, the longest), so the cut does not depend on how the
/// text arrives.
/// </summary>
public sealed class StopStrings
{
    private readonly string[] _stops;
    private readonly int _longest;
    private string _held = "";

    /// <exception cref="ArgumentException">A stop string is empty.</exception>
    public StopStrings(IReadOnlyList<string> stops)
    {
        if (stops.Any(string.IsNullOrEmpty))
            throw new ArgumentException("A stop string must not be empty.", nameof(stops));
        _stops = [.. stops.OrderByDescending(s => s.Length)];
        _longest = _stops.Length == 0 ? 0 : _stops[0].Length;
    }

    /// <summary>The stop string that ended the text, once one has.</summary>
    public string? Matched { get; private set; }

    /// <summary>Takes the next piece; gives what is certain to come before any stop string, and whether one is complete now. After that nothing more is given.</summary>
    public (string Emit, bool Stopped) Append(string delta)
    {
        if (Matched is not null)
            return ("", true);
        string text = _held + delta;
        int start = FirstMatch(text);
        if (Matched is not null)
        {
            _held = "";
            return (text[..start], true);
        }
        int held = HeldLength(text);
        _held = text[^held..];
        return (text[..^held], false);
    }

    /// <summary>What was held back, when no more text comes.</summary>
    public string Flush()
    {
        string rest = _held;
        _held = "";
        return rest;
    }

    private int FirstMatch(string text)
    {
        int firstStart = -1, firstEnd = int.MaxValue;
        foreach (string stop in _stops)
        {
            int start = text.IndexOf(stop, StringComparison.Ordinal);
            if (start >= 0 && start + stop.Length < firstEnd)
                (firstStart, firstEnd, Matched) = (start, start + stop.Length, stop);
        }
        return firstStart;
    }

    private int HeldLength(string text)
    {
        for (int length = Math.Min(_longest - 1, text.Length); length > 0; length--)
            foreach (string stop in _stops)
                if (stop.Length > length && stop.AsSpan().StartsWith(text.AsSpan(text.Length - length)))
                    return length;
        return 0;
    }
}
