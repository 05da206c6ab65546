using System.Globalization;
using InferenceServer.Server.Responses;
using InferenceServer.Server.Telemetry;

namespace InferenceServer.Server.Errors;

/// <summary>Gives every failure of a request OpenAI's shape: exceptions, and the empty 404, 405, 413 and 415 that routing answers by itself.</summary>
public sealed class ErrorMiddleware(RequestDelegate next, ServerMetrics metrics, ILogger<ErrorMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext http)
    {
        try
        {
            await next(http);
            if (!http.Response.HasStarted && http.Response.ContentLength is null && http.Response.ContentType is null)
                await DescribeEmptyAsync(http);
        }
        catch (Exception e) when (http.RequestAborted.IsCancellationRequested && e is OperationCanceledException or IOException and not BadHttpRequestException)
        {
            // Nobody is left to be told. 499 is what proxies log for it.
            if (!http.Response.HasStarted)
                http.Response.StatusCode = 499;
        }
        catch (Exception exception) when (!http.Response.HasStarted)
        {
            ApiException error = ErrorMapping.From(exception, http);
            if (error.Status == StatusCodes.Status500InternalServerError)
                logger.LogError(exception, "Request {RequestId} ({Method} {Path}) failed.", http.TraceIdentifier, http.Request.Method, http.Request.Path);
            await WriteAsync(http, error);
        }
    }

    private Task DescribeEmptyAsync(HttpContext http)
    {
        string method = http.Request.Method, path = http.Request.Path;
        return http.Response.StatusCode switch
        {
            StatusCodes.Status404NotFound => WriteAsync(http, ApiException.RouteNotFound(method, path)),
            StatusCodes.Status405MethodNotAllowed => WriteAsync(http, ApiException.MethodNotAllowed(method, path, http.Response.Headers.Allow.ToString())),
            StatusCodes.Status415UnsupportedMediaType => WriteAsync(http, ApiException.MediaType(http.Request.ContentType)),
            _ => Task.CompletedTask,
        };
    }

    private Task WriteAsync(HttpContext http, ApiException error)
    {
        metrics.Failed(error.Error.Code ?? "");
        http.Response.StatusCode = error.Status;
        if (error.RetryAfter is { } retryAfter)
            http.Response.Headers.RetryAfter = ((int)Math.Ceiling(retryAfter.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        return http.Response.WriteAsJsonAsync(new ErrorResponse(error.Error), ApiJson.Instance.ErrorResponse, "application/json", http.RequestAborted);
    }
}
