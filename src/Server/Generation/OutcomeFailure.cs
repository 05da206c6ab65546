using InferenceServer.Engine;
using InferenceServer.Server.Errors;
using InferenceServer.Strategies.State;

namespace InferenceServer.Server.Generation;

/// <summary>Why a request did not run to its end.</summary>
/// <param name="Code">The code of the error that its caller was told, or <c>aborted</c> when there was nobody left to tell.</param>
public sealed record OutcomeFailure(string Code, string Message)
{
    public static OutcomeFailure Aborted { get; } = new("aborted", "The caller left before the answer.");

    public static OutcomeFailure Of(Exception exception) => exception switch
    {
        ApiException api => new(api.Error.Code ?? "", api.Message) { IsRefusal = api.Status < 500 },
        EngineOverloadedException => new("engine_overloaded", exception.Message),
        EngineStoppedException => new("server_stopping", exception.Message),
        EngineException => new("engine_unavailable", exception.Message),
        StateUnavailableException => new("state_unavailable", exception.Message),
        _ => new("internal_error", exception.GetType().Name),
    };

    /// <summary>Whether the request asked for something that cannot be.</summary>
    public bool IsRefusal { get; init; }

    public bool IsAbandoned => Code == Aborted.Code;

    /// <summary>In the word of a finish reason.</summary>
    public string FinishReason => IsAbandoned ? "aborted" : "error";
}
