using System.Text.Json;
using System.Text.Json.Nodes;
using InferenceServer.Modeling.Text;

namespace InferenceServer.Trainer.Tokenizing;

/// <summary>The special tokens of the models trained here and the way a conversation is written with them.</summary>
public static class ChatFormat
{
    public const string EndOfText = "<|endoftext|>";
    public const string User = "<|user|>";
    public const string Assistant = "<|assistant|>";
    public const string System = "<|system|>";
    public const string Padding = "<|pad|>";

    public static readonly string[] SpecialTokens = [EndOfText, User, Assistant, System, Padding];

    /// <summary>A question up to the place where the model answers.</summary>
    public static string Prompt(string question) => ChatTemplate.Default.Render([new("user", question)]);

    public static string Completion(string solution) => solution + EndOfText;

    public static void SaveTokenizerConfig(string path, int contextLength) => File.WriteAllText(path, new JsonObject
    {
        ["tokenizer_class"] = "PreTrainedTokenizerFast",
        ["eos_token"] = EndOfText,
        ["pad_token"] = Padding,
        ["model_max_length"] = contextLength,
        ["clean_up_tokenization_spaces"] = false,
        ["chat_template"] = ChatTemplate.DefaultSource,
    }.ToJsonString(new JsonSerializerOptions { WriteIndented = true, Encoder = global::System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }) + "\n");
}
