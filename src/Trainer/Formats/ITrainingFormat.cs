using InferenceServer.Modeling.Text;
using InferenceServer.Plugins;
using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Formats;

/// <summary>
/// A way of asking and of answering that a strategy needs and the model must have seen. A model trained from nothing does only what it was trained on, so each
/// use of the model has its format. Stateless: one instance serves a whole run.
/// </summary>
[PluginKind("training format")]
public interface ITrainingFormat
{
    /// <summary>The problem in this format; null when it does not suit it, for instance when there is no step to get wrong.</summary>
    /// <param name="hints">What hints are drawn from.</param>
    FormattedProblem? Write(WordProblem problem, HintBook hints, ProblemRandom random);
}

/// <summary>A conversation that ends in a completion.</summary>
/// <param name="Messages">The conversation so far. What an earlier assistant's message says is context, right or wrong, and carries no loss.</param>
/// <param name="Given">How the completion begins; forced on the model, no loss. Often empty.</param>
/// <param name="Target">How it goes on: what the model is to write.</param>
public sealed record FormattedProblem(IReadOnlyList<ChatMessage> Messages, string Given, string Target)
{
    public const string System = "system";
    public const string User = "user";
    public const string Assistant = "assistant";

    /// <summary>All that the model reads before it writes, as the server renders it.</summary>
    public string Prompt => ChatTemplate.Default.Render(Messages) + Given;

    /// <summary>The same as tokens. Words of special tokens inside a message are plain text.</summary>
    public int[] PromptTokens(ModelTokenizer tokenizer) => [.. ChatTemplate.Default.Encode(tokenizer, Messages), .. tokenizer.Encode(Given)];

    /// <param name="system">Request for a format; null for none.</param>
    /// <param name="user">The question, with what precedes it.</param>
    public static ChatMessage[] Ask(string? system, string user) => system is null ? [new(User, user)] : [new(System, system), new(User, user)];
}
