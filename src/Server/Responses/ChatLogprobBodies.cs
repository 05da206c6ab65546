using InferenceServer.Engine;
using InferenceServer.Server.Generation;

namespace InferenceServer.Server.Responses;

/// <summary>Tokens as chat completions list them.</summary>
public static class ChatLogprobBodies
{
    public static ChatLogprobs From(IReadOnlyList<SampledToken> tokens, TokenTexts texts)
    {
        var content = new ChatTokenLogprob[tokens.Count];
        for (int i = 0; i < content.Length; i++)
        {
            TokenTexts.Entry text = texts[tokens[i].Id];
            content[i] = new(text.Text, JsonFloat.LogProb(tokens[i].LogProb), text.Bytes, Top(tokens[i].Top, texts));
        }
        return new(content);
    }

    private static ChatTopLogprob[] Top(TokenLogProb[]? top, TokenTexts texts) => top is null
        ? []
        : Array.ConvertAll(top, entry => new ChatTopLogprob(texts[entry.Id].Text, JsonFloat.LogProb(entry.LogProb), texts[entry.Id].Bytes));
}
