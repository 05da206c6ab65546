using System.ComponentModel;
using System.Text.Json.Serialization;

namespace InferenceServer.Server.Errors;

/// <summary>The body of every failure: OpenAI's error object.</summary>
public sealed record ErrorResponse(ApiError Error);

/// <summary>What went wrong.</summary>
/// <param name="Message">One or two sentences: what is wrong and what would be right.</param>
/// <param name="Type">The class of the failure.</param>
/// <param name="Param">JSON path of the field at fault, null when no single field is.</param>
/// <param name="Code">A stable word for programs; docs/api.md lists them.</param>
public sealed record ApiError(
    [property: Description("What is wrong and what would be right.")] string Message,
    [property: Description("invalid_request_error, rate_limit_error, unavailable_error or server_error.")] string Type,
    [property: Description("JSON path of the field at fault, or null."), JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Param,
    [property: Description("A stable word for programs."), JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Code);
