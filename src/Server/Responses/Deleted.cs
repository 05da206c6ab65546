namespace InferenceServer.Server.Responses;

/// <summary>Answer of a DELETE, as OpenAI forms it.</summary>
/// <param name="Id">What is gone.</param>
/// <param name="Object">What it was, with <c>.deleted</c> after it.</param>
public sealed record DeletedBody(string Id, string Object)
{
    public bool Deleted => true;
}
