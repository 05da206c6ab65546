using System.Text;
using System.Text.Json;
using InferenceServer.Modeling.Text.Jinja;

namespace InferenceServer.Modeling.Text;

/// <summary>Turns a conversation into the text, or the tokens, that a model was trained to continue. Safe for use from several threads.</summary>
public sealed class ChatTemplate
{
    public const string TokenizerConfigFile = "tokenizer_config.json";
    public const string JinjaFile = "chat_template.jinja";

    /// <summary>Each message as <c>&lt;|role|&gt;</c>, its text without white space around it, and a line break; then <c>&lt;|assistant|&gt;</c> for the model to go on. The template of the models trained here.</summary>
    public const string DefaultSource =
        """
        {%- for message in messages -%}
            {%- if message.role not in ['system', 'user', 'assistant'] -%}
                {{- raise_exception("The role '" ~ message.role ~ "' is unknown; use system, user or assistant.") -}}
            {%- endif -%}
            {{- '<|' ~ message.role ~ '|>' ~ message.content | trim ~ '\n' -}}
        {%- endfor -%}
        {%- if add_generation_prompt -%}
            {{- '<|assistant|>' -}}
        {%- endif -%}
        """;

    private readonly JinjaTemplate _template;
    private readonly Dictionary<string, object?> _specialTokens;
    private readonly TimeProvider _time;

    private ChatTemplate(string source, Dictionary<string, object?> specialTokens, TimeProvider? time)
    {
        _template = JinjaTemplate.Parse(source);
        (Source, _specialTokens, _time) = (source, specialTokens, time ?? TimeProvider.System);
    }

    public static ChatTemplate Default { get; } = new(DefaultSource, [], time: null);

    /// <summary>The Jinja text.</summary>
    public string Source { get; }

    /// <param name="time">What a template's <c>strftime_now</c> tells.</param>
    /// <exception cref="ModelFormatException">The template is malformed; the message names line and construct.</exception>
    public static ChatTemplate Parse(string source, TimeProvider? time = null) => Parse(source, "the chat template", [], time);

    /// <summary>Reads a <c>chat_template.jinja</c>, or the <c>chat_template</c> and the names of special tokens of a <c>tokenizer_config.json</c>.</summary>
    /// <returns>Null when the configuration holds no template.</returns>
    /// <exception cref="ModelFormatException">The file is missing or malformed.</exception>
    public static ChatTemplate? Load(string path, TimeProvider? time = null)
    {
        if (path.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
            return Read(path, bytes => FromConfig(JsonDocument.Parse(bytes).RootElement));
        string config = Path.Combine(Path.GetDirectoryName(path) ?? "", TokenizerConfigFile);
        Dictionary<string, object?> tokens = File.Exists(config) ? Read(config, bytes => ReadSpecialTokens(JsonDocument.Parse(bytes).RootElement)) : [];
        return Parse(Read(path, Encoding.UTF8.GetString), path, tokens, time);

        ChatTemplate? FromConfig(JsonElement json) => FindTemplate(json) is { } source ? Parse(source, path, ReadSpecialTokens(json), time) : null;
    }

    /// <param name="messages">The conversation, oldest first.</param>
    /// <param name="addGenerationPrompt">Whether the text ends where the assistant's answer begins.</param>
    /// <param name="variables">Further variables for the template: null, booleans, strings, long and double numbers, and lists and string dictionaries of object? of these.</param>
    /// <exception cref="ChatTemplateException">The template refused the messages, or went wrong on them.</exception>
    public string Render(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt = true, IReadOnlyDictionary<string, object?>? variables = null)
    {
        var all = new Dictionary<string, object?>(_specialTokens);
        foreach (var (name, value) in variables ?? new Dictionary<string, object?>())
            all[name] = value;
        all["messages"] = messages.Select(m => (object?)new Dictionary<string, object?> { ["role"] = m.Role, ["content"] = m.Content }).ToList();
        all["add_generation_prompt"] = addGenerationPrompt;
        try
        {
            return _template.Render(all, _time);
        }
        catch (JinjaException e)
        {
            throw new ChatTemplateException(e.Raised ? e.Message : $"The model's chat template failed on these messages, in line {e.Line}: {e.Message}.", e);
        }
    }

    /// <summary>
    /// The tokens of a conversation. Special tokens come from the template (and from <paramref name="variables"/>) alone: their names inside a message are plain
    /// text.
    /// </summary>
    /// <exception cref="ChatTemplateException">The template refused the messages, or went wrong on them.</exception>
    public int[] Encode(
        ModelTokenizer tokenizer, IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt = true, IReadOnlyDictionary<string, object?>? variables = null)
    {
        ChatMessage[] shielded = [.. messages.Select(m => new ChatMessage(tokenizer.ShieldSpecial(m.Role), tokenizer.ShieldSpecial(m.Content)))];
        return tokenizer.EncodeShielded(Render(shielded, addGenerationPrompt, variables));
    }

    private static ChatTemplate Parse(string source, string path, Dictionary<string, object?> specialTokens, TimeProvider? time)
    {
        try
        {
            return new ChatTemplate(source, specialTokens, time);
        }
        catch (JinjaException e)
        {
            throw new ModelFormatException($"{path}: cannot read the chat template, line {e.Line}: {e.Message}.", e);
        }
    }

    private static T Read<T>(string path, Func<byte[], T> read)
    {
        try
        {
            return read(File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new ModelFormatException($"{path}: cannot read the chat template: {e.Message} Copy the file again, or remove it to use the default template.", e);
        }
    }

    /// <summary>One template, or a list of named ones, of which <c>default</c> counts.</summary>
    private static string? FindTemplate(JsonElement config)
    {
        if (!config.TryGetProperty("chat_template", out JsonElement template) || template.ValueKind == JsonValueKind.Null)
            return null;
        return template.ValueKind == JsonValueKind.String
            ? template.GetString()
            : template.EnumerateArray().First(t => t.GetProperty("name").GetString() == "default").GetProperty("template").GetString();
    }

    /// <summary>bos_token and the like: the text, or an object with the text in it.</summary>
    private static Dictionary<string, object?> ReadSpecialTokens(JsonElement config)
    {
        var tokens = new Dictionary<string, object?>();
        foreach (JsonProperty property in config.EnumerateObject().Where(p => p.Name.EndsWith("_token", StringComparison.Ordinal)))
            if (property.Value.ValueKind == JsonValueKind.String)
                tokens[property.Name] = property.Value.GetString();
            else if (property.Value.ValueKind == JsonValueKind.Object && property.Value.TryGetProperty("content", out JsonElement content))
                tokens[property.Name] = content.GetString();
        return tokens;
    }
}
