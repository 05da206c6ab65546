using System.ComponentModel;

namespace InferenceServer.Server.Responses;

/// <summary>Answer of GET /v1/models.</summary>
public sealed record ModelList(IReadOnlyList<ModelBody> Data)
{
    public string Object => "list";
}

/// <summary>A served model.</summary>
public sealed record ModelBody(
    [property: Description("The name to put into a request's model field.")] string Id,
    [property: Description("When it was loaded, Unix seconds.")] long Created,
    [property: Description("Tokens of one sequence, prompt and completion together.")] int MaxModelLen,
    [property: Description("Number of weights.")] long Parameters,
    [property: Description("How they are held: fp32, fp16, int8, int4 or onnx.")] string Weights,
    [property: Description("Whether every token comes with a process reward.")] bool HasValue)
{
    public string Object => "model";
    public string OwnedBy => "inference-server";
}
