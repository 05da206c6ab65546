using System.Text.Json;
using System.Text.RegularExpressions;

namespace InferenceServer.Modeling.Text;

/// <summary>The <c>added_tokens</c> of a <c>tokenizer.json</c>: texts that are one token whatever the merges say. Special ones are control marks and never part of a text.</summary>
internal sealed class AddedTokens
{
    private readonly Dictionary<string, int> _ids = [];
    private readonly Regex? _all;
    private readonly Regex? _ordinary;

    public AddedTokens(JsonElement list, bool normalizes)
    {
        var ordinary = new List<string>();
        foreach (JsonElement token in list.EnumerateArray())
        {
            string content = token.GetProperty("content").GetString()!;
            int id = token.GetProperty("id").GetInt32();
            if (content.Length == 0 || !_ids.TryAdd(content, id))
                throw new ModelFormatException($"added_tokens has '{content}' twice or empty.");
            foreach (string option in (ReadOnlySpan<string>)["single_word", "lstrip", "rstrip"])
                if (Flag(token, option))
                    throw new ModelFormatException($"added token '{content}' has {option} = true, which is not supported.");
            if (normalizes && Flag(token, "normalized"))
                throw new ModelFormatException($"added token '{content}' has normalized = true beside a normalizer, which is not supported.");
            if (Flag(token, "special"))
                Special.Add(id);
            else
                ordinary.Add(content);
        }
        (_all, _ordinary) = (AnyOf(_ids.Keys), AnyOf(ordinary));
        SpecialText = AnyOf(_ids.Where(p => Special.Contains(p.Value)).Select(p => p.Key));

        static bool Flag(JsonElement token, string name) => token.TryGetProperty(name, out JsonElement value) && value.GetBoolean();
    }

    public IReadOnlyDictionary<string, int> Ids => _ids;

    public HashSet<int> Special { get; } = [];

    /// <summary>Matches the text of a special token; null when there are none.</summary>
    public Regex? SpecialText { get; }

    /// <summary>Cuts text at added tokens, leftmost and longest first: pieces of plain text have no id.</summary>
    public IEnumerable<(string Text, int? Id)> Cut(string text, bool allowSpecial)
    {
        int end = 0;
        for (Match? match = (allowSpecial ? _all : _ordinary)?.Match(text); match is { Success: true }; match = match.NextMatch())
        {
            if (match.Index > end)
                yield return (text[end..match.Index], null);
            yield return (match.Value, _ids[match.Value]);
            end = match.Index + match.Length;
        }
        if (text.Length > end)
            yield return (text[end..], null);
    }

    private static Regex? AnyOf(IEnumerable<string> texts)
    {
        string[] alternatives = [.. texts.OrderByDescending(t => t.Length).Select(Regex.Escape)];
        return alternatives.Length == 0 ? null : new Regex(string.Join('|', alternatives), RegexOptions.Compiled | RegexOptions.CultureInvariant);
    }
}
