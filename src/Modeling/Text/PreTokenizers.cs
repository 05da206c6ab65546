using System.Text.Json;
using System.Text.RegularExpressions;

namespace InferenceServer.Modeling.Text;

/// <summary>Reads the <c>pre_tokenizer</c> of a <c>tokenizer.json</c>.</summary>
internal static class PreTokenizers
{
    // The expression built into Hugging Face's ByteLevel, from GPT-2.
    private const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    /// <exception cref="ModelFormatException">A kind, or an option of a kind, that is not supported.</exception>
    public static RegexChain Read(JsonElement preTokenizer)
    {
        var chain = new List<SplitRegex>();
        bool byteLevel = false;
        Add(preTokenizer);
        if (!byteLevel)
            throw new ModelFormatException("pre_tokenizer has no ByteLevel step; only byte-level BPE is supported.");
        return new RegexChain(chain);

        void Add(JsonElement step)
        {
            switch (step.GetProperty("type").GetString())
            {
                case "Sequence":
                    foreach (JsonElement inner in step.GetProperty("pretokenizers").EnumerateArray())
                        Add(inner);
                    break;
                case "Split":
                    chain.Add(Split(step));
                    break;
                case "Digits":
                    chain.Add(new SplitRegex(Compile(step.GetProperty("individual_digits").GetBoolean() ? @"\p{N}" : @"\p{N}+")));
                    break;
                case "ByteLevel":
                    byteLevel = true;
                    if (step.TryGetProperty("add_prefix_space", out JsonElement prefix) && prefix.GetBoolean())
                        throw new ModelFormatException("pre_tokenizer ByteLevel has add_prefix_space = true, which is not supported.");
                    if (!step.TryGetProperty("use_regex", out JsonElement useRegex) || useRegex.GetBoolean())
                        chain.Add(new SplitRegex(Compile(Gpt2)));
                    break;
                case var other:
                    throw new ModelFormatException($"pre_tokenizer '{other}' is not supported; supported are Split, Digits, ByteLevel and a Sequence of these.");
            }
        }
    }

    private static SplitRegex Split(JsonElement step)
    {
        JsonElement pattern = step.GetProperty("pattern");
        Regex regex = pattern.TryGetProperty("Regex", out JsonElement expression)
            ? Compile(expression.GetString()!)
            : Compile(Regex.Escape(pattern.GetProperty("String").GetString()!));
        bool invert = step.TryGetProperty("invert", out JsonElement inverted) && inverted.GetBoolean();
        return (step.GetProperty("behavior").GetString(), invert) switch
        {
            ("Isolated", _) => new SplitRegex(regex),
            ("Removed", true) => new SplitRegex(regex, KeepGaps: false),
            var (behavior, _) => throw new ModelFormatException(
                $"pre_tokenizer Split has behavior '{behavior}' with invert = {invert}; supported are Isolated, and Removed with invert = true."),
        };
    }

    private static Regex Compile(string expression)
    {
        try
        {
            return new Regex(expression, RegexOptions.Compiled | RegexOptions.CultureInvariant);
        }
        catch (ArgumentException e)
        {
            throw new ModelFormatException($"pre_tokenizer Split has the expression '{expression}', which .NET cannot read: {e.Message}", e);
        }
    }
}
