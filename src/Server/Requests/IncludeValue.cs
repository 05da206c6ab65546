using System.Text.Json;
using System.Text.Json.Nodes;
using InferenceServer.Plugins;
using InferenceServer.Server.Errors;

namespace InferenceServer.Server.Requests;

/// <summary>Extra top-level members that a response carries when asked.</summary>
public sealed record IncludeValue(bool Bill, bool Candidates, bool Trace) : IRequestValue<IncludeValue>
{
    private static readonly string[] Names = ["bill", "candidates", "trace"];

    public static IncludeValue None { get; } = new(false, false, false);

    public static IncludeValue Read(JsonElement value, string path)
    {
        if (value.ValueKind != JsonValueKind.Array)
            throw ApiException.InvalidType(path, "an array of strings", JsonKind.Of(value));
        var names = new HashSet<string>(StringComparer.Ordinal);
        int index = 0;
        foreach (JsonElement item in value.EnumerateArray())
        {
            string itemPath = $"{path}[{index++}]", name = JsonScalar.String(item, itemPath);
            if (!Names.Contains(name))
                throw ApiException.InvalidValue(itemPath, $"is '{JsonKind.Shorten(name)}'{(Spelling.Nearest(name, Names) is { } near ? $"; did you mean '{near}'?" : "")}; allowed are bill, candidates and trace.");
            names.Add(name);
        }
        return new(names.Contains("bill"), names.Contains("candidates"), names.Contains("trace"));
    }

    public static JsonObject Schema => new()
    {
        ["type"] = "array",
        ["items"] = new JsonObject { ["type"] = "string", ["enum"] = new JsonArray([.. Names.Select(name => (JsonNode)name)]) },
    };
}
