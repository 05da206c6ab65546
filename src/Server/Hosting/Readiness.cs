using InferenceServer.Server.Generation;

namespace InferenceServer.Server.Hosting;

/// <summary>Whether this server should get requests, and why not.</summary>
public sealed class Readiness(ServedModel model, IHostApplicationLifetime lifetime)
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

    /// <param name="failure">Null when the self-test passed.</param>
    public void SelfTestEnded(string? failure) => _selfTest = failure;
}
