using System.Text;
using InferenceServer.Modeling.Text;
using InferenceServer.Strategies.Steps;

namespace InferenceServer.Strategies;

/// <summary>A candidate's text as it grows: tokens to characters, ended before the first stop string, cut into steps.</summary>
internal sealed class CandidateText(ModelTokenizer tokenizer, IReadOnlyList<string> stop)
{
    private readonly IncrementalDetokenizer _detokenizer = new(tokenizer);
    private readonly StopStrings? _stop = stop.Count > 0 ? new(stop) : null;
    private readonly StringBuilder _text = new();
    private readonly StepCutter _cutter = new();
    private readonly List<StepSpan> _steps = [];
    private readonly List<int> _characters = [];
    private string? _final;
    private int _decoded;

    public string Text => _final ?? _text.ToString();

    /// <summary>The steps that are complete.</summary>
    public IReadOnlyList<StepSpan> Steps => _steps;

    /// <summary>Takes a token. Gives the text that became certain with it, and whether a stop string ended it.</summary>
    public (string Delta, bool Stopped) Append(int token)
    {
        string text = _detokenizer.Append(token);
        Count(text.Length);
        (string delta, bool stopped) = _stop is null ? (text, false) : _stop.Append(text);
        return (Take(delta), stopped);
    }

    /// <summary>Takes a token that ends the text and is none of it. Gives what was held back.</summary>
    public string AppendEnd()
    {
        string rest = Flush();
        Count(0);
        return rest;
    }

    /// <summary>Takes a token that the model did not write: no stop string counts in it.</summary>
    public string AppendForced(int token)
    {
        string text = _detokenizer.Append(token);
        Count(text.Length);
        return Take((_stop?.Flush() ?? "") + text);
    }

    /// <summary>What was held back, when no token follows for now.</summary>
    public string Flush()
    {
        string text = _detokenizer.Flush();
        if (_stop is null)
            return Take(text);
        (string delta, bool stopped) = _stop.Append(text);
        return Take(stopped ? delta : delta + _stop.Flush());
    }

    /// <summary>The text has ended, which completes its last step.</summary>
    public void Finish()
    {
        if (_cutter.Finish() is { } last)
            _steps.Add(last);
        _final = _text.ToString();
    }

    /// <summary>The token with which the character at this offset became text.</summary>
    public int TokenAt(int offset)
    {
        int index = _characters.BinarySearch(offset + 1);
        if (index < 0)
            return ~index;
        // Tokens without text repeat an offset: the first of them is the one that produced it.
        while (index > 0 && _characters[index - 1] == offset + 1)
            index--;
        return index;
    }

    private void Count(int characters) => _characters.Add(_decoded += characters);

    private string Take(string delta)
    {
        _text.Append(delta);
        _steps.AddRange(_cutter.Append(delta));
        return delta;
    }
}
