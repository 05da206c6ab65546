using InferenceServer.Modeling;
using InferenceServer.Modeling.Text;
using InferenceServer.Server.Errors;
using InferenceServer.Server.Requests;

namespace InferenceServer.Server.Generation;

/// <summary>From a request's messages or text to the token ids that the model reads; from here on only ids travel down.</summary>
public sealed class ChatEncoding(ModelConfig config, ModelTokenizer tokenizer, ChatTemplate template)
{
    private static readonly string[] Roles = ["system", "developer", "user", "assistant"];

    /// <summary>Messages of the server's own.</summary>
    public int[] Encode(IReadOnlyList<ChatMessage> messages) => template.Encode(tokenizer, messages);

    /// <exception cref="ApiException">An unknown role, or messages that the template refuses.</exception>
    public EncodedPrompt Encode(IReadOnlyList<MessageFields> messages, string path)
    {
        var chat = new ChatMessage[messages.Count];
        for (int i = 0; i < chat.Length; i++)
            chat[i] = new(RoleOf(messages[i].Role, $"{path}[{i}].role"), messages[i].Content.Text);
        try
        {
            return new(template.Encode(tokenizer, chat), path) { Messages = chat };
        }
        catch (ChatTemplateException e)
        {
            throw ApiException.InvalidValue(path, $"was refused by the model's chat template: {e.Message}");
        }
    }

    /// <exception cref="ApiException">No token at all, or one that does not exist.</exception>
    public EncodedPrompt Encode(TokensOrText text, string path)
    {
        int[] tokens = text.Tokens is { } ids ? [.. ids] : tokenizer.Encode(text.Text!);
        for (int i = 0; i < tokens.Length; i++)
            if (tokens[i] >= config.VocabSize)
                throw ApiException.InvalidValue($"{path}[{i}]", $"is {tokens[i]}, but the vocabulary ends at {config.VocabSize - 1}.");
        return tokens.Length > 0 ? new(tokens, path) : throw ApiException.InvalidValue(path, "is empty; at least one token is needed.");
    }

    private static string RoleOf(string role, string path) => role switch
    {
        "system" or "user" or "assistant" => role,
        "developer" => "system",
        "tool" or "function" => throw ApiException.Unsupported(path, "the model was not trained to call tools."),
        _ => throw ApiException.InvalidValue(path, $"is '{JsonKind.Shorten(role)}'; it must be one of {string.Join(", ", Roles)}."),
    };
}
