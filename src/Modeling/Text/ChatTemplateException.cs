namespace InferenceServer.Modeling.Text;

/// <summary>A chat template refused the messages (its own words are the message), or went wrong on them.</summary>
public sealed class ChatTemplateException(string message, Exception? inner = null) : Exception(message, inner);
