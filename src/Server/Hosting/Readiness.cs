using InferenceServer.Server.Generation;
using InferenceServer.Strategies.State;

namespace InferenceServer.Server.Hosting;

/// <summary>Whether this server should get requests, and why not.</summary>
public sealed class Readiness(ServedModel model, ISharedState state, IHostApplicationLifetime lifetime)
{
    private volatile string? _selfTest = "the self-test at start has not finished";

    /// <summary>Empty when all is well.</summary>
    public IReadOnlyList<string> Reasons
    {
        get
        {
            var reasons = new List<string>();
            if (_selfTest is { } selfTest)
                reasons.Add(selfTest);
            if (model.Engine.UnhealthyReason is { } engine)
                reasons.Add(engine);
            if (lifetime.ApplicationStopping.IsCancellationRequested)
                reasons.Add("the server is shutting down");
            return reasons;
        }
    }

    /// <summary>What is missing although requests can be served; null when nothing.</summary>
    public string? Degraded => state.Trouble;

    /// <param name="failure">Null when the self-test passed.</param>
    public void SelfTestEnded(string? failure) => _selfTest = failure;
}
