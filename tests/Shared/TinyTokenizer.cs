using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace InferenceServer.Shared;

/// <summary>A small byte-level BPE tokenizer.json, trained on a few sentences, in the form of the shipped one: 256 bytes, some merges, five special tokens.</summary>
public static class TinyTokenizer
{
    public const string WordsAndDigits = @" ?[A-Za-z]+| ?\d| ?[^\sA-Za-z\d]|\s";

    public static readonly string[] SpecialTokens = ["<|endoftext|>", "<|user|>", "<|assistant|>", "<|system|>", "<|pad|>"];

    private const string Sample = """
        Emma starts with 13 stamps. Then Emma gets 3 bags of 13 stamps. Emma shares them equally among 4 friends. How many stamps does each friend get?
        1. bags: 3*13=39
        2. Emma: 13+39=52
        3. each: 52/4=13
        #### 13
        The total is the sum of the parts; there is a café with ten tables, and the naïve owner counts them all. 你好，世界 你好 😀😀 привет привет
        """;

    /// <summary>The file's text. Ids: special tokens, then bytes, then merges.</summary>
    /// <param name="merges">How many pairs to merge at most.</param>
    /// <param name="preTokenizer">Another <c>pre_tokenizer</c> than the shipped model's.</param>
    /// <param name="normalizer">A <c>normalizer</c>, such as NFC.</param>
    public static string Json(int merges = 150, JsonNode? preTokenizer = null, JsonNode? normalizer = null)
    {
        string alphabet = Alphabet();
        var pairs = Train(alphabet, merges);
        var vocabulary = new JsonObject();
        foreach (string token in SpecialTokens.Concat(alphabet.Select(c => c.ToString())).Concat(pairs.Select(p => p.Left + p.Right)))
            vocabulary.TryAdd(token, vocabulary.Count);
        return new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = new JsonArray([.. SpecialTokens.Select((name, id) => (JsonNode)new JsonObject
            {
                ["id"] = id, ["content"] = name, ["single_word"] = false, ["lstrip"] = false, ["rstrip"] = false, ["normalized"] = false, ["special"] = true,
            })]),
            ["normalizer"] = normalizer,
            ["pre_tokenizer"] = preTokenizer ?? Sequence(Split(WordsAndDigits), ByteLevel(useRegex: false)),
            ["post_processor"] = null,
            ["decoder"] = ByteLevel(useRegex: false),
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["dropout"] = null,
                ["unk_token"] = null,
                ["continuing_subword_prefix"] = null,
                ["end_of_word_suffix"] = null,
                ["fuse_unk"] = false,
                ["byte_fallback"] = false,
                ["ignore_merges"] = false,
                ["vocab"] = vocabulary,
                ["merges"] = new JsonArray([.. pairs.Select(p => (JsonNode)new JsonArray(p.Left, p.Right))]),
            },
        }.ToJsonString(new JsonSerializerOptions { WriteIndented = true });
    }

    public static void Write(string path) => File.WriteAllText(path, Json());

    public static JsonObject Sequence(params JsonNode[] steps) => new() { ["type"] = "Sequence", ["pretokenizers"] = new JsonArray(steps) };

    public static JsonObject Split(string regex) => new()
    {
        ["type"] = "Split",
        ["pattern"] = new JsonObject { ["Regex"] = regex },
        ["behavior"] = "Isolated",
        ["invert"] = false,
    };

    public static JsonObject ByteLevel(bool useRegex) => new()
    {
        ["type"] = "ByteLevel",
        ["add_prefix_space"] = false,
        ["trim_offsets"] = true,
        ["use_regex"] = useRegex,
    };

    /// <summary>Byte pair encoding by its definition: merge the most frequent neighbours, again and again.</summary>
    private static List<(string Left, string Right)> Train(string alphabet, int merges)
    {
        List<List<string>> words = [.. Regex.Matches(Sample, @" ?\p{L}+| ?\d| ?[^\s\p{L}\d]+|\s")
            .Select(m => Encoding.UTF8.GetBytes(m.Value).Select(b => alphabet[b].ToString()).ToList())];
        var pairs = new List<(string, string)>();
        while (pairs.Count < merges)
        {
            var best = words.SelectMany(w => w.Zip(w.Skip(1))).GroupBy(p => p)
                .OrderByDescending(g => g.Count()).ThenBy(g => g.Key.First + " " + g.Key.Second, StringComparer.Ordinal).FirstOrDefault();
            if (best is null)
                break;
            pairs.Add(best.Key);
            foreach (var word in words)
                for (int i = 0; i + 1 < word.Count; i++)
                    if (word[i] == best.Key.First && word[i + 1] == best.Key.Second)
                    {
                        word[i] += word[i + 1];
                        word.RemoveAt(i + 1);
                    }
        }
        return pairs;
    }

    /// <summary>GPT-2's printable character for each byte.</summary>
    private static string Alphabet()
    {
        int next = 256;
        return string.Concat(Enumerable.Range(0, 256).Select(b => b is > 32 and < 127 or > 160 and not 173 ? (char)b : (char)next++));
    }
}
