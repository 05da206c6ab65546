using InferenceServer.Modeling.Text;

namespace InferenceServer.Strategies;

/// <summary>
/// What a model is asked: chat messages rendered through its template, or a plain prompt that text is put before or after. Immutable; each change gives another.
/// </summary>
public sealed class Conversation
{
    private readonly IReadOnlyList<ChatMessage>? _messages;
    private readonly int _question;
    private readonly ReadOnlyMemory<int> _tokens;
    private readonly string _before = "", _after = "";

    /// <param name="messages">The conversation, oldest first; at least one. The last user message is the question.</param>
    public Conversation(IReadOnlyList<ChatMessage> messages)
        : this(messages, LastUserMessage(messages)) { }

    private Conversation(IReadOnlyList<ChatMessage> messages, int question) => (_messages, _question) = (messages, question);

    private Conversation(ReadOnlyMemory<int> tokens, string before, string after) => (_tokens, _before, _after) = (tokens, before, after);

    /// <summary>A request's own prompt: its messages if it has any, its tokens otherwise.</summary>
    public static Conversation Of(GenerationRequest request) =>
        request.Messages is { Count: > 0 } messages ? new(messages) : new(request.Prompt, "", "");

    /// <summary>The messages; null for a plain prompt.</summary>
    public IReadOnlyList<ChatMessage>? Messages => _messages;

    /// <summary>The text that is asked: the question's message, or the whole plain prompt.</summary>
    public string Question(ModelTokenizer tokenizer) => _messages is { } messages ? messages[_question].Content : PlainText(tokenizer);

    /// <summary>The conversation goes on: an attempt by the assistant, and what the user says to it. A plain prompt grows by both, each on lines of its own.</summary>
    public Conversation Reply(string attempt, string feedback) => _messages is { } messages
        ? new([.. messages, new("assistant", attempt), new("user", feedback)], _question)
        : new(_tokens, _before, $"{_after}{attempt.TrimEnd('\n')}\n{feedback.TrimEnd('\n')}\n");

    /// <summary>Puts a text, on lines of its own, before the question: inside the question's message, or before the plain prompt.</summary>
    public Conversation BeforeQuestion(string text) => _messages is { } messages
        ? new([.. messages.Select((message, i) => i == _question ? message with { Content = $"{text}\n{message.Content}" } : message)], _question)
        : new(_tokens, $"{text}\n{_before}", _after);

    /// <summary>Adds a line to the system message, which is created when there is none; a plain prompt gets it before everything else.</summary>
    public Conversation WithSystem(string line) => _messages is not { } messages ? BeforeQuestion(line)
        : messages[0].Role == "system" ? new([messages[0] with { Content = $"{messages[0].Content}\n{line}" }, .. messages.Skip(1)], _question)
        : new([new("system", line), .. messages], _question + 1);

    /// <summary>The tokens that the model continues.</summary>
    /// <exception cref="ChatTemplateException">The template refuses such messages, two users in a row for instance.</exception>
    public int[] Encode(ILanguageModel model)
    {
        if (_messages is { } messages)
            return model.Template.Encode(model.Tokenizer, messages);
        int[] Text(string text) => text.Length > 0 ? model.Tokenizer.Encode(text, allowSpecial: false) : [];
        return [.. Text(_before), .. _tokens.Span, .. Text(_after)];
    }

    private string PlainText(ModelTokenizer tokenizer) => _before + tokenizer.Decode(_tokens.Span) + _after;

    private static int LastUserMessage(IReadOnlyList<ChatMessage> messages)
    {
        for (int i = messages.Count - 1; i >= 0; i--)
            if (messages[i].Role == "user")
                return i;
        return messages.Count - 1;
    }
}
