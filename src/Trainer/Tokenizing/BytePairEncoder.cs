using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace InferenceServer.Trainer.Tokenizing;

/// <summary>Encodes text with a trained vocabulary. Pieces repeat endlessly in training text, so each is merged once and remembered.</summary>
public sealed class BytePairEncoder
{
    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<(string, string), int> _ranks;
    private readonly string[] _tokens;
    private readonly Regex _special;
    private readonly Dictionary<string, int[]> _pieces = [];
    private readonly Dictionary<char, byte> _bytes = [];
    private readonly HashSet<int> _specialIds;

    public BytePairEncoder(BytePairVocabulary vocabulary)
    {
        _tokens = [.. vocabulary.Tokens];
        _ids = vocabulary.Tokens.Select((token, id) => (token, id)).ToDictionary(pair => pair.token, pair => pair.id);
        _ranks = vocabulary.Merges.Select((merge, rank) => (merge, rank)).ToDictionary(pair => pair.merge, pair => pair.rank);
        _special = new Regex($"({string.Join('|', vocabulary.SpecialTokens.Select(Regex.Escape))})");
        _specialIds = [.. vocabulary.SpecialTokens.Select(token => _ids[token])];
        int b = 0;
        foreach (string letter in Pretokenizer.Alphabet)
            _bytes[letter[0]] = (byte)b++;
    }

    public static BytePairEncoder Load(string path)
    {
        var json = JsonNode.Parse(File.ReadAllText(path))!;
        var vocabulary = json["model"]!["vocab"]!.AsObject().OrderBy(entry => entry.Value!.GetValue<int>()).Select(entry => entry.Key).ToList();
        var merges = json["model"]!["merges"]!.AsArray().Select(merge => (merge![0]!.GetValue<string>(), merge[1]!.GetValue<string>())).ToList();
        var special = json["added_tokens"]!.AsArray().Select(token => token!["content"]!.GetValue<string>()).ToList();
        return new(new(vocabulary, merges, special));
    }

    public int VocabSize => _tokens.Length;

    public int? TokenId(string piece) => _ids.TryGetValue(piece, out int id) ? id : null;

    public int[] Encode(string text)
    {
        List<int> ids = [];
        foreach (string part in _special.Split(text))
        {
            if (_ids.TryGetValue(part, out int special) && _specialIds.Contains(special))
            {
                ids.Add(special);
                continue;
            }
            foreach (string piece in Pretokenizer.Split(part))
                ids.AddRange(EncodePiece(piece));
        }
        return [.. ids];
    }

    public string Decode(ReadOnlySpan<int> ids)
    {
        List<byte> bytes = [];
        foreach (int id in ids)
        {
            if (_specialIds.Contains(id))
                bytes.AddRange(Encoding.UTF8.GetBytes(_tokens[id]));
            else
                bytes.AddRange(_tokens[id].Select(letter => _bytes[letter]));
        }
        return Encoding.UTF8.GetString([.. bytes]);
    }

    private int[] EncodePiece(string piece)
    {
        if (_pieces.TryGetValue(piece, out int[]? known))
            return known;
        List<string> symbols = [.. piece.Select(letter => letter.ToString())];
        while (symbols.Count > 1)
        {
            var best = Enumerable.Range(1, symbols.Count - 1).Select(i => (symbols[i - 1], symbols[i])).MinBy(pair => _ranks.GetValueOrDefault(pair, int.MaxValue));
            if (!_ranks.ContainsKey(best))
                break;
            BytePairTrainer.Merge(symbols, best.Item1, best.Item2);
        }
        return _pieces[piece] = [.. symbols.Select(symbol => _ids[symbol])];
    }
}
