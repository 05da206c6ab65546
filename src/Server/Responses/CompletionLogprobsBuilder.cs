using InferenceServer.Engine;
using InferenceServer.Server.Generation;

namespace InferenceServer.Server.Responses;

/// <summary>Tokens as completions list them, with their place in the text. One builder follows one choice from its (echoed) beginning to its end.</summary>
public sealed class CompletionLogprobsBuilder(ServedModel model)
{
    private readonly TokenOffsets _offsets = new(model.Tokenizer);

    public CompletionLogprobs Add(IReadOnlyList<SampledToken> tokens)
    {
        var body = new CompletionLogprobs([], [], [], []);
        foreach (SampledToken token in tokens)
        {
            body.Tokens.Add(model.TokenTexts[token.Id].Exact);
            // Only the first token of an echoed prompt has no probability.
            body.TokenLogprobs.Add(float.IsNaN(token.LogProb) ? null : JsonFloat.LogProb(token.LogProb));
            body.TopLogprobs.Add(token.Top is null ? null : Top(token.Top));
            body.TextOffset.Add(_offsets.Next(token.Id));
        }
        return body;
    }

    private Dictionary<string, float> Top(TokenLogProb[] top)
    {
        var alternatives = new Dictionary<string, float>(top.Length);
        foreach (TokenLogProb entry in top)
            alternatives.TryAdd(model.TokenTexts[entry.Id].Exact, JsonFloat.LogProb(entry.LogProb));
        return alternatives;
    }
}
