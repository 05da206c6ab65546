using System.ComponentModel;

namespace InferenceServer.Server.Responses;

/// <summary>Answer of POST /api/feedback. When it is there, the label is on record.</summary>
public sealed record FeedbackBody(
    string RequestId,
    string Name,
    [property: Description("The label as it counts: true is 1 and false is 0.")] double Value,
    [property: Description("added, replaced (it had another value before), or unchanged (it had this one).")] string Status);
