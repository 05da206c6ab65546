namespace InferenceServer.Modeling.Text;

/// <summary>One message of a conversation.</summary>
/// <param name="Role">Who speaks; most templates know <c>system</c>, <c>user</c> and <c>assistant</c>.</param>
/// <param name="Content">Plain text: what reads like a special token in it is text all the same.</param>
public sealed record ChatMessage(string Role, string Content);
