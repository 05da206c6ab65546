namespace InferenceServer.Server.Api;

/// <summary>Names of responses, as OpenAI forms them.</summary>
internal static class ResponseIds
{
    public static string New(string prefix) => $"{prefix}-{Guid.CreateVersion7():N}";
}
