namespace InferenceServer.Evaluation.Measuring;

/// <summary>Nobody, for claims that simulate and ask nothing.</summary>
internal sealed class NoTarget : ITarget
{
    public string Name => "";
    public string Fingerprint => "";
    public int Rows => 1;
    public LocalTarget? Local => null;

    public void Check(Trial trial)
    {
    }

    public Task<TrialOutcome> RunAsync(Trial trial, CancellationToken cancellationToken) => throw new EvaluationException("This claim said that it needs no model.");

    public ValueTask DisposeAsync() => default;
}
