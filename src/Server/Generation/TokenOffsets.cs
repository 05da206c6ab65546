using InferenceServer.Modeling.Text;

namespace InferenceServer.Server.Generation;

/// <summary>Where each token of a text begins, in characters (Unicode code points). Tokens that share a character begin where it does.</summary>
public sealed class TokenOffsets(ModelTokenizer tokenizer)
{
    private readonly IncrementalDetokenizer _detokenizer = new(tokenizer);
    private int _characters;

    /// <summary>Offset of the next token, which is given.</summary>
    public int Next(int token)
    {
        int offset = _characters;
        _characters += CodePoints(_detokenizer.Append(token));
        return offset;
    }

    public static int CodePoints(string text)
    {
        int count = text.Length;
        foreach (char c in text)
            if (char.IsLowSurrogate(c))
                count--;
        return count;
    }
}
