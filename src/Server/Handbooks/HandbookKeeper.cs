using InferenceServer.Server.Security;
using InferenceServer.Server.State;
using InferenceServer.Strategies.Handbooks;
using InferenceServer.Strategies.State;

namespace InferenceServer.Server.Handbooks;

/// <summary>Retires dead entries now and then.</summary>
public sealed class HandbookKeeper(HandbookStore store, ApiKeys keys, TimeProvider time, ILogger<HandbookKeeper> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            try
            {
                foreach (Tenant tenant in keys.Tenants)
                    foreach (Handbook handbook in await store.ListAsync(tenant, stoppingToken))
                        foreach (Behaviour dead in await store.RetireAsync(tenant, handbook.Name, stoppingToken) ?? [])
                            logger.LogInformation("Retired {Behaviour} of the handbook {Handbook}: {Reason}.", dead.Name, handbook.Name, dead.Retired);
            }
            catch (StateUnavailableException)
            {
                // Next time.
            }
    }
}
