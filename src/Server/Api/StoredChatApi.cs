using InferenceServer.Server.Errors;
using InferenceServer.Server.Responses;
using InferenceServer.Server.State;
using InferenceServer.Server.Stored;

namespace InferenceServer.Server.Api;

/// <summary>Chat completions that were stored, as OpenAI gives them back.</summary>
public static class StoredChatApi
{
    private const string Route = "/v1/chat/completions/{id}";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Route, async (string id, HttpContext http, StoredResponses stored) =>
                await stored.FindAsync(Tenant.Of(http), id, http.RequestAborted) is { } json ? Results.Text(json, "application/json; charset=utf-8") : throw ApiException.ResponseNotFound(id))
            .Produces<ChatCompletion>().WithTags("OpenAI").WithName("getChatCompletion").WithSummary("Read a stored answer")
            .WithDescription("A response whose request said \"store\": true, as it was sent. 404 with code response_not_found when it was not stored, was deleted, or its retention has passed.");
        routes.MapDelete(Route, async (string id, HttpContext http, StoredResponses stored) =>
                await stored.DeleteAsync(Tenant.Of(http), id, http.RequestAborted)
                    ? Results.Json(new DeletedBody(id, "chat.completion.deleted"), ApiJson.Instance.DeletedBody)
                    : throw ApiException.ResponseNotFound(id))
            .Produces<DeletedBody>().WithTags("OpenAI").WithName("deleteChatCompletion").WithSummary("Delete a stored answer")
            .WithDescription("404 with code response_not_found when there is none.");
    }
}
