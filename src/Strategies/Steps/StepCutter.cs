namespace InferenceServer.Strategies.Steps;

/// <summary>Cuts a growing text into reasoning steps at a delimiter, a newline unless told otherwise. Blank pieces are no steps.</summary>
public sealed class StepCutter(string delimiter = "\n")
{
    private readonly System.Text.StringBuilder _open = new();
    private int _start;

    /// <summary>Takes more text and returns the steps that it completed; usually none, so nothing is allocated then.</summary>
    public IReadOnlyList<StepSpan> Append(string text)
    {
        if (text.Length == 0)
            return [];
        // The delimiter may have begun in the text before.
        int from = Math.Max(0, _open.Length - delimiter.Length + 1);
        _open.Append(text);
        if (delimiter.Length == 1 && !text.Contains(delimiter[0], StringComparison.Ordinal))
            return [];
        string open = _open.ToString();
        List<StepSpan>? steps = null;
        int start = 0;
        for (int at; (at = open.IndexOf(delimiter, from, StringComparison.Ordinal)) >= 0; from = start)
        {
            if (!string.IsNullOrWhiteSpace(open[start..at]))
                (steps ??= []).Add(new(open[start..at], _start + start, _start + at + delimiter.Length));
            start = at + delimiter.Length;
        }
        _open.Remove(0, start);
        _start += start;
        return steps ?? (IReadOnlyList<StepSpan>)[];
    }

    /// <summary>The text has ended: its last piece, which no delimiter closed; null when there is none.</summary>
    public StepSpan? Finish()
    {
        string open = _open.ToString();
        return string.IsNullOrWhiteSpace(open) ? null : new(open, _start, _start + open.Length);
    }
}

/// <summary>One step in its text.</summary>
/// <param name="Text">Without the delimiter.</param>
/// <param name="Start">First character.</param>
/// <param name="End">After its last character, the delimiter's included.</param>
public readonly record struct StepSpan(string Text, int Start, int End);
