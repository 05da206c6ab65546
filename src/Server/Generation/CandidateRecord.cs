using System.Text;
using InferenceServer.Engine;

namespace InferenceServer.Server.Generation;

/// <summary>One candidate as the events of its run tell it.</summary>
public sealed class CandidateRecord(int index, int choice)
{
    private readonly StringBuilder _text = new();

    public int Index { get; } = index;

    /// <summary>The choice of the whole request that it works for.</summary>
    public int Choice { get; } = choice;
    public string Text => _text.ToString();
    public double? Score { get; set; }

    /// <summary>Null while it runs.</summary>
    public string? FinishReason { get; set; }
    public bool IsRejected { get; set; }
    public int TokenCount { get; private set; }
    public double SumLogProb { get; private set; }

    /// <summary>Every sampled token, if they are kept.</summary>
    public List<SampledToken>? Tokens { get; init; }

    /// <summary>When its latest token came.</summary>
    public TimeSpan LastToken { get; private set; }

    /// <summary>Goes on from this text: a fork's inheritance, or what a rewind left.</summary>
    public void Restart(string text)
    {
        _text.Clear().Append(text);
        FinishReason = null;
    }

    public void Add(SampledToken? token, string delta, TimeSpan elapsed)
    {
        _text.Append(delta);
        if (token is not { } sampled)
            return;
        TokenCount++;
        SumLogProb += sampled.LogProb;
        LastToken = elapsed;
        Tokens?.Add(sampled);
    }
}
