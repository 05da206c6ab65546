using InferenceServer.Engine;
using InferenceServer.Modeling.Text;

namespace InferenceServer.Server.Generation;

/// <summary>The tokens that an answer's text is made of: an end token, and what came with a stop string, are not part of it.</summary>
public static class AnswerTokens
{
    public static IReadOnlyList<SampledToken> Of(Choice choice, ModelTokenizer tokenizer) =>
        choice.FinishReason == "stop" ? Within(choice.Tokens, choice.Text, tokenizer) : choice.Tokens;

    public static IReadOnlyList<SampledToken> Within(IReadOnlyList<SampledToken> tokens, string text, ModelTokenizer tokenizer)
    {
        var offsets = new TokenOffsets(tokenizer);
        int characters = TokenOffsets.CodePoints(text);
        return [.. tokens.TakeWhile(token => offsets.Next(token.Id) < characters)];
    }
}
