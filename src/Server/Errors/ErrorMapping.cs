using InferenceServer.Engine;
using InferenceServer.Strategies.State;
using Microsoft.AspNetCore.Http.Features;

namespace InferenceServer.Server.Errors;

/// <summary>What the client is told about an exception from below.</summary>
public static class ErrorMapping
{
    public static ApiException From(Exception exception, HttpContext http) => exception switch
    {
        ApiException api => api,
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } =>
            ApiException.TooLarge(http.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize ?? 0),
        BadHttpRequestException bad => ApiException.BadHttp(bad.StatusCode, bad.Message),
        PromptTooLongException tooLong => ApiException.ContextLength(null, tooLong.Message),
        UnknownTokenException token => ApiException.Invalid("invalid_value", null, token.Message),
        EngineOverloadedException overloaded => ApiException.Overloaded(overloaded.Message),
        EngineStoppedException => ApiException.Stopping(),
        DecoderFailedException failed => ApiException.Unavailable("The model failed to compute this request. Try again; GET /health/ready says whether the server is well."),
        StateUnavailableException state => ApiException.StateUnavailable(state.Message),
        SequenceAbortedException aborted => ApiException.Unavailable(aborted.Message),
        _ => ApiException.Internal(http.TraceIdentifier),
    };
}
