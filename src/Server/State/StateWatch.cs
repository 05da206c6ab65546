using InferenceServer.Server.Telemetry;
using InferenceServer.Strategies.State;

namespace InferenceServer.Server.State;

/// <summary>Logs when shared state goes and comes back, and asks for it while it is away, so that readiness is right without traffic.</summary>
public sealed class StateWatch : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly ISharedState _state;
    private readonly TimeProvider _time;
    private readonly ILogger<StateWatch> _logger;

    public StateWatch(ISharedState state, TimeProvider time, StateMetrics metrics, ILogger<StateWatch> logger)
    {
        (_state, _time, _logger) = (state, time, logger);
        metrics.Up = () => state.Trouble is null;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        bool wasUp = true;
        using var timer = new PeriodicTimer(Interval, _time);
        do
        {
            if (_state.Trouble is not null)
                try
                {
                    await _state.ProbeAsync(stoppingToken);
                }
                catch (StateUnavailableException)
                {
                    // Still away.
                }
            string? trouble = _state.Trouble;
            if (trouble is not null && wasUp)
                _logger.LogWarning("Shared state is away: {Trouble} Generation goes on.", trouble);
            else if (trouble is null && !wasUp)
                _logger.LogWarning("Shared state is back.");
            wasUp = trouble is null;
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
