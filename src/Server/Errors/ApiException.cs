using InferenceServer.Experiments;
using InferenceServer.Server.Experiments;
using InferenceServer.Server.Requests;

namespace InferenceServer.Server.Errors;

/// <summary>A failure that the client is told about as it is: status, and OpenAI's error object.</summary>
public sealed class ApiException(int status, ApiError error, TimeSpan? retryAfter = null) : Exception(error.Message)
{
    private const string InvalidRequest = "invalid_request_error";

    public int Status { get; } = status;
    public ApiError Error { get; } = error;

    /// <summary>When a retry may succeed; becomes the Retry-After header.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;

    /// <summary>400: a field, or the body, is not what the API takes.</summary>
    /// <param name="code">Stable word for programs.</param>
    /// <param name="param">JSON path of the field, null for the whole body.</param>
    /// <param name="message">Complete sentence; it names the field itself.</param>
    public static ApiException Invalid(string code, string? param, string message) =>
        new(StatusCodes.Status400BadRequest, new(message, InvalidRequest, param, code));

    public static ApiException InvalidType(string path, string expected, string got) =>
        Invalid("invalid_type", path, $"'{path}' must be {expected}, but it is {got}.");

    public static ApiException InvalidValue(string path, string message) =>
        Invalid("invalid_value", path, $"'{path}' {message}");

    public static ApiException Missing(string path, string what) =>
        Invalid("missing_required_parameter", path, $"'{path}' is missing: {what}");

    public static ApiException Unsupported(string path, string reason) =>
        Invalid("unsupported_parameter", path, $"'{path}' is not supported by this server: {reason}");

    public static ApiException ContextLength(string? path, string message) =>
        Invalid("context_length_exceeded", path, message);

    public static ApiException ModelNotFound(string asked, string served) =>
        new(StatusCodes.Status404NotFound, new($"The model '{asked}' does not exist here; this server serves '{served}'.", InvalidRequest, "model", "model_not_found"));

    public static ApiException ResponseNotFound(string id) =>
        new(StatusCodes.Status404NotFound, new($"There is no stored response '{id}': it was not stored (\"store\": true), was deleted, or its retention has passed.", InvalidRequest, "id", "response_not_found"));

    public static ApiException HandbookNotFound(string name) =>
        new(StatusCodes.Status404NotFound, new($"There is no handbook '{name}'; GET /api/handbooks lists them.", InvalidRequest, "name", "handbook_not_found"));

    public static ApiException BehaviourNotFound(string handbook, string behaviour) =>
        new(StatusCodes.Status404NotFound, new($"The handbook '{handbook}' has no entry '{behaviour}'.", InvalidRequest, "behaviour", "behaviour_not_found"));

    public static ApiException CalibrationNotFound(string name) =>
        new(StatusCodes.Status404NotFound, new($"There is no calibration '{name}'; GET /api/calibration lists them.", InvalidRequest, "name", "calibration_not_found"));

    public static ApiException JobNotFound(string id) =>
        new(StatusCodes.Status404NotFound, new($"There is no job '{id}', or it ended more than a week ago.", InvalidRequest, "id", "job_not_found"));

    public static ApiException TraceNotFound(string id) =>
        new(StatusCodes.Status404NotFound, new($"There is no trace '{JsonKind.Shorten(id)}': it is not written yet, its request asked for none, it was deleted, or newer ones or its age pushed it out.", InvalidRequest, "id", "trace_not_found"));

    public static ApiException NotReplayable(string id, string code, string reason) =>
        new(StatusCodes.Status409Conflict, new($"The trace '{id}' cannot be replayed: {reason}. Send the request itself with another plan.", InvalidRequest, "id", code));

    public static ApiException ResultsNotFound() =>
        new(StatusCodes.Status404NotFound, new("There are no results: the file results.json is not beside the program. Build or publish it again.", InvalidRequest, null, "results_not_found"));

    public static ApiException VersionConflict(string handbook, int expected, int current) =>
        new(StatusCodes.Status409Conflict, new($"The handbook '{handbook}' is at version {current}, not {expected}: somebody changed it meanwhile. Read it again.", InvalidRequest, "if_version", "version_conflict"));

    public static ApiException Unauthorized(bool isMissing) => new(StatusCodes.Status401Unauthorized, new(isMissing
        ? "This server asks for an API key: send it in the header 'Authorization: Bearer KEY'. OpenAI clients take it as their API key."
        : "Incorrect API key provided: the key in the header 'Authorization: Bearer KEY' is none of this server's (--api-keys).", InvalidRequest, null, "invalid_api_key"));

    public static ApiException ExperimentNotFound(string name) =>
        new(StatusCodes.Status404NotFound, new($"There is no experiment '{JsonKind.Shorten(name)}'; GET /api/experiments lists them. One is made with PUT /api/experiments/{{name}}, or by a request that gives its arms.", InvalidRequest, "experiment", "experiment_not_found"));

    public static ApiException ExperimentStopped(string name, string? reason) =>
        new(StatusCodes.Status409Conflict, new($"The experiment '{name}' was stopped{(reason is null ? "" : $" ({reason})")}, so it assigns no arms. Put the plan of the arm that you decided for into the request ('strategies'), or start the experiment again with PUT /api/experiments/{name}.",
            InvalidRequest, "experiment", "experiment_stopped"));

    /// <summary>Two experiments under one name; the message shows the arms of both.</summary>
    public static ApiException ExperimentConflict(string param, Experiment known, Experiment asked) =>
        new(StatusCodes.Status409Conflict, new($"There is an experiment '{known.Name}' with other arms, and results of both cannot be mixed. It has {ArmsText.Of(known)}; this request has {ArmsText.Of(asked)}. "
            + "Give the new one another name, or delete the old one with its results (DELETE /api/experiments/{name}).", InvalidRequest, param, "experiment_conflict"));

    public static ApiException RouterConflict(Experiment known, Experiment asked) =>
        new(StatusCodes.Status409Conflict, new($"There is an experiment '{known.Name}' with the router {known.Router?.GetRawText() ?? "none"}; this request has {asked.Router?.GetRawText() ?? "none"}. "
            + "Send the same one, give the new experiment another name, or delete the old one with its results (DELETE /api/experiments/{name}).", InvalidRequest, "experiment.router", "experiment_conflict"));

    public static ApiException TooManyExperiments(string message) =>
        new(StatusCodes.Status409Conflict, new(message, InvalidRequest, "experiment.name", "too_many_experiments"));

    public static ApiException RequestNotFound(string id) =>
        new(StatusCodes.Status404NotFound, new($"No request '{JsonKind.Shorten(id)}' takes feedback: its response had another id, it took part in no experiment and left no trace, or its record was deleted, redacted or has expired.", InvalidRequest, "request_id", "request_not_found"));

    public static ApiException RouteNotFound(string method, string path) =>
        new(StatusCodes.Status404NotFound, new($"There is no route {method} {path}; /swagger lists the routes.", InvalidRequest, null, "route_not_found"));

    public static ApiException MethodNotAllowed(string method, string path, string allowed) =>
        new(StatusCodes.Status405MethodNotAllowed, new($"{path} does not take {method}; it takes {allowed}.", InvalidRequest, null, "method_not_allowed"));

    public static ApiException MediaType(string? got) =>
        new(StatusCodes.Status415UnsupportedMediaType, new(
            $"The body must be JSON, sent with the header 'Content-Type: application/json'; this request has {(string.IsNullOrEmpty(got) ? "none" : $"'{got}'")}.",
            InvalidRequest, null, "unsupported_media_type"));

    public static ApiException TooLarge(long limit) =>
        new(StatusCodes.Status413PayloadTooLarge, new($"The body is larger than {limit:N0} bytes, the limit of this server (--max-body-bytes).", InvalidRequest, null, "body_too_large"));

    /// <summary>A request that HTTP itself objects to: a bad chunk, a body cut short, headers too long.</summary>
    public static ApiException BadHttp(int status, string message) => new(status, new(message, InvalidRequest, null, "bad_http_request"));

    public static ApiException Overloaded(string message) =>
        new(StatusCodes.Status429TooManyRequests, new(message, "rate_limit_error", null, "engine_overloaded"), TimeSpan.FromSeconds(1));

    public static ApiException RateLimited(int limit, TimeSpan retryAfter) =>
        new(StatusCodes.Status429TooManyRequests, new($"More than {limit} requests a minute (--requests-per-minute).", "rate_limit_error", null, "rate_limit_exceeded"), retryAfter);

    /// <summary>Shared state, which this request cannot do without, is away.</summary>
    public static ApiException StateUnavailable(string message) =>
        new(StatusCodes.Status503ServiceUnavailable, new(message, "unavailable_error", null, "state_unavailable"), TimeSpan.FromSeconds(5));

    public static ApiException Stopping() =>
        new(StatusCodes.Status503ServiceUnavailable, new("The server is shutting down and takes no further work.", "unavailable_error", null, "server_stopping"), TimeSpan.FromSeconds(5));

    public static ApiException Unavailable(string message) =>
        new(StatusCodes.Status503ServiceUnavailable, new(message, "unavailable_error", null, "engine_unavailable"), TimeSpan.FromSeconds(5));

    /// <summary>Nothing that the client did; the details go to the log, not over the wire.</summary>
    public static ApiException Internal(string requestId) =>
        new(StatusCodes.Status500InternalServerError, new($"The server failed on this request; its log has the details under {requestId}.", "server_error", null, "internal_error"));
}
