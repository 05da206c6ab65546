using System.Text.Json;

namespace InferenceServer.Server.Benchmarks;

/// <summary>A tokenizer.json of any size in which every token is text: 256 bytes, then pairs of letters.</summary>
internal static class PairTokenizer
{
    private const string Letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&*+-./:;<=>?@^_~";

    public static void Write(string path, int vocabulary)
    {
        var tokens = new Dictionary<string, int>();
        foreach (char c in ByteAlphabet())
            tokens.Add(c.ToString(), tokens.Count);
        var merges = new List<string[]>();
        foreach (string pair in Letters.SelectMany(left => Letters.Select(right => $"{left}{right}")).Take(vocabulary - tokens.Count))
        {
            tokens.Add(pair, tokens.Count);
            merges.Add([pair[..1], pair[1..]]);
        }
        File.WriteAllText(path, JsonSerializer.Serialize(new
        {
            version = "1.0",
            added_tokens = Array.Empty<object>(),
            pre_tokenizer = new { type = "ByteLevel", add_prefix_space = false, trim_offsets = true, use_regex = true },
            decoder = new { type = "ByteLevel", add_prefix_space = false, trim_offsets = true, use_regex = true },
            model = new { type = "BPE", vocab = tokens, merges },
        }));
    }

    /// <summary>The printable characters that stand for bytes in byte-level vocabularies, in order of bytes.</summary>
    private static IEnumerable<char> ByteAlphabet()
    {
        int next = 256;
        for (int b = 0; b < 256; b++)
            yield return b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE ? (char)b : (char)next++;
    }
}
