using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using InferenceServer.Server.Errors;

namespace InferenceServer.Server.Requests;

/// <summary>What is added to the logits of single tokens: an object from token id, written as a string, to a number from -100 to 100.</summary>
public sealed record LogitBiasValue(IReadOnlyDictionary<int, float> Biases) : IRequestValue<LogitBiasValue>
{
    private const double Limit = 100;
    private const int MaxTokens = 1024;

    public static LogitBiasValue Read(JsonElement value, string path)
    {
        if (value.ValueKind != JsonValueKind.Object)
            throw ApiException.InvalidType(path, "an object from token id to bias", JsonKind.Of(value));
        var biases = new Dictionary<int, float>();
        foreach (JsonProperty entry in value.EnumerateObject())
        {
            string entryPath = $"{path}.{entry.Name}";
            if (!int.TryParse(entry.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int token))
                throw ApiException.InvalidValue(entryPath, "is not a token id; the keys of logit_bias are token ids, whole numbers from 0.");
            double bias = JsonScalar.Number(entry.Value, entryPath);
            if (Math.Abs(bias) > Limit)
                throw ApiException.InvalidValue(entryPath, $"is {JsonKind.Shorten(entry.Value.GetRawText())}, which is out of range; it must be from -{Limit} to {Limit}.");
            biases[token] = (float)bias;
        }
        return biases.Count <= MaxTokens
            ? new(biases)
            : throw ApiException.InvalidValue(path, $"names {biases.Count} tokens; at most {MaxTokens} are allowed.");
    }

    public static JsonObject Schema => new()
    {
        ["type"] = "object",
        ["additionalProperties"] = new JsonObject { ["type"] = "number", ["minimum"] = -Limit, ["maximum"] = Limit },
        ["maxProperties"] = MaxTokens,
    };
}
