namespace InferenceServer.Modeling.Text;
public sealed record ChatMessage(string Role, string Content);
public sealed class ChatTemplateException(string message) : Exception(message);
public sealed class ChatTemplate { public string Render(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt = true) => string.Concat(messages.Select(m => m.Role + ": " + m.Content + "\n")) + "assistant:"; }
