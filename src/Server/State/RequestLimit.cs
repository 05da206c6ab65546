using InferenceServer.Server.Errors;
using InferenceServer.Server.Hosting;
using InferenceServer.Strategies.State;

namespace InferenceServer.Server.State;

/// <summary>
/// At most so many generating requests a minute (<c>--requests-per-minute</c>), counted together by all servers that share a state. While state is away they all pass
/// (<c>--limits-when-state-away open</c>) or none does (<c>closed</c>).
/// </summary>
public sealed class RequestLimit(ISharedState state, ServerOptions options) : IEndpointFilter
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        await EnterAsync(Tenant.Of(context.HttpContext), context.HttpContext.RequestAborted);
        return await next(context);
    }

    /// <exception cref="ApiException">429 over the limit, 503 when it cannot be counted and limits are closed then.</exception>
    private async ValueTask EnterAsync(Tenant tenant, CancellationToken cancellationToken)
    {
        if (options.RequestsPerMinute is not { } limit)
            return;
        try
        {
            StateCounter counter = await state.AddAsync(tenant.Key("limit", "requests"), 1, Window, cancellationToken);
            if (counter.Value > limit)
                throw ApiException.RateLimited(limit, counter.Remaining ?? Window);
        }
        catch (StateUnavailableException) when (options.LimitsWhenStateAway == LimitMode.Open)
        {
            // As configured: better an uncounted request than none.
        }
    }
}

/// <summary>What a limit does when it cannot be counted.</summary>
public enum LimitMode
{
    /// <summary>Requests pass.</summary>
    Open,

    /// <summary>Requests are refused.</summary>
    Closed,
}
