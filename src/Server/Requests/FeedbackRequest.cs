using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Nodes;
using InferenceServer.Server.Errors;

namespace InferenceServer.Server.Requests;

/// <summary>Body of POST /api/feedback: what somebody says about an answer, at once or days later.</summary>
public sealed record FeedbackRequest
{
    [Description("The id of the response that it is about.")]
    public required string RequestId { get; init; }

    [Description("What is said: correct, rating or whatever you measure. Letters, digits, dots, hyphens and underscores.")]
    public required string Name { get; init; }

    [Description("true, false or a number. The same name again replaces it.")]
    public required LabelValue Value { get; init; }
}

/// <summary>A label's value.</summary>
/// <param name="Number">A finite number; true is 1 and false is 0.</param>
/// <param name="IsBoolean">Whether it was given as true or false.</param>
public sealed record LabelValue(double Number, bool IsBoolean) : IRequestValue<LabelValue>
{
    public static LabelValue Read(JsonElement value, string path) => value.ValueKind switch
    {
        JsonValueKind.True or JsonValueKind.False => new(value.GetBoolean() ? 1 : 0, true),
        JsonValueKind.Number => new(JsonScalar.Number(value, path), false),
        JsonValueKind.String => throw ApiException.InvalidType(path, "true, false or a number (words cannot be averaged: give each thing that can be said a name of its own)", JsonKind.Of(value)),
        _ => throw ApiException.InvalidType(path, "true, false or a number", JsonKind.Of(value)),
    };

    public static JsonObject Schema => new()
    {
        ["oneOf"] = new JsonArray(new JsonObject { ["type"] = "boolean" }, new JsonObject { ["type"] = "number" }),
    };
}
