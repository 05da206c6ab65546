using System.Text;
using System.Text.Json;
using Microsoft.ML.Tokenizers;

namespace InferenceServer.Modeling.Text;

/// <summary>What a <c>tokenizer.json</c> says, checked to be a byte-level BPE that this program tokenizes exactly as Hugging Face's library does.</summary>
internal sealed class TokenizerJson
{
    public const string FileName = "tokenizer.json";

    private TokenizerJson(JsonElement root)
    {
        JsonElement model = root.GetProperty("model");
        string? type = model.TryGetProperty("type", out JsonElement kind) ? kind.GetString() : "BPE";
        if (type != "BPE")
            throw new ModelFormatException($"model is '{type}'; only byte-level BPE is supported.");
        foreach (string option in (ReadOnlySpan<string>)["dropout", "continuing_subword_prefix", "end_of_word_suffix"])
            if (model.TryGetProperty(option, out JsonElement value) && value.ValueKind != JsonValueKind.Null && value.ToString().Length > 0)
                throw new ModelFormatException($"model has {option} = {value}, which is not supported.");
        IgnoreMerges = model.TryGetProperty("ignore_merges", out JsonElement ignore) && ignore.GetBoolean();
        Normalizes = root.TryGetProperty("normalizer", out JsonElement normalizer) && Normalizing(normalizer);
        Vocabulary = model.GetProperty("vocab").EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetInt32());
        foreach (char c in ByteLevel.Alphabet)
            if (!Vocabulary.ContainsKey(c.ToString()))
                throw new ModelFormatException($"the vocabulary lacks the byte '{c}', so some text would have no tokens; only complete byte-level vocabularies are supported.");
        Bpe = BpeTokenizer.Create(new BpeOptions(Vocabulary)
        {
            Merges = [.. model.GetProperty("merges").EnumerateArray().Select(Merge)],
            PreTokenizer = PreTokenizers.Read(root.GetProperty("pre_tokenizer")),
            ByteLevel = true,
        });
        AddedTokens = new AddedTokens(root.TryGetProperty("added_tokens", out JsonElement added) ? added : JsonDocument.Parse("[]").RootElement, Normalizes);
        if (Vocabulary.Values.Concat(AddedTokens.Ids.Values).Min() < 0)
            throw new ModelFormatException("a token has a negative id.");
    }

    /// <summary>Tokens in the byte alphabet, without the added ones that only <c>added_tokens</c> lists.</summary>
    public IReadOnlyDictionary<string, int> Vocabulary { get; }

    public AddedTokens AddedTokens { get; }

    /// <summary>Pre-tokenizer and merges: plain text to ids.</summary>
    public BpeTokenizer Bpe { get; }

    /// <summary>Text is brought to Unicode's composed form (NFC) first.</summary>
    public bool Normalizes { get; }

    /// <summary>A piece that is a token is that token, even where the merges would arrive at others.</summary>
    public bool IgnoreMerges { get; }

    /// <exception cref="ModelFormatException">The file is missing, no tokenizer, or of a kind that is not supported.</exception>
    public static TokenizerJson Read(string path)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            return new TokenizerJson(json.RootElement);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException($"{path}: cannot read the tokenizer: {e.Message} Copy the file from where the model came from.", e);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw new ModelFormatException($"{path}: this is no Hugging Face tokenizer file, or it is cut off: {e.Message} Copy or export it again.", e);
        }
        catch (ModelFormatException e)
        {
            throw new ModelFormatException($"{path}: {e.Message}", e);
        }
    }

    /// <summary>The bytes of every id; gaps in the numbering have none.</summary>
    public byte[][] TokenBytes()
    {
        byte[][] bytes = new byte[Vocabulary.Values.Concat(AddedTokens.Ids.Values).Max() + 1][];
        Array.Fill(bytes, []);
        foreach (var (token, id) in Vocabulary)
            bytes[id] = ByteLevel.TryDecode(token, out byte[]? decoded) ? decoded : Encoding.UTF8.GetBytes(token);
        foreach (var (name, id) in AddedTokens.Ids)
            bytes[id] = Encoding.UTF8.GetBytes(name);
        return bytes;
    }

    private static bool Normalizing(JsonElement normalizer)
    {
        if (normalizer.ValueKind == JsonValueKind.Null)
            return false;
        return normalizer.GetProperty("type").GetString() switch
        {
            "NFC" => true,
            "Sequence" => normalizer.GetProperty("normalizers").EnumerateArray().Select(Normalizing).ToList().Contains(true),
            var type => throw new ModelFormatException($"normalizer '{type}' is not supported; supported are NFC and none."),
        };
    }

    /// <summary>A merge is written "left right" or, newer, ["left", "right"].</summary>
    private static string Merge(JsonElement merge) => merge.ValueKind == JsonValueKind.String ? merge.GetString()! : $"{merge[0].GetString()} {merge[1].GetString()}";
}
