namespace InferenceServer.Engine;

/// <summary>A running <see cref="SequenceHandle.ScoreAsync"/>: the continuation stands behind the sequence until every position has its logits.</summary>
internal sealed class ScoreRequest(int[] continuation, int topLogProbs)
{
    private readonly TaskCompletionSource<TokenScores> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int[] Continuation { get; } = continuation;
    public int TopLogProbs { get; } = topLogProbs;

    /// <summary>Length of the sequence before the continuation.</summary>
    public int Prefix { get; set; }

    public float[] LogProbs { get; } = new float[continuation.Length];
    public float[] Entropies { get; } = new float[continuation.Length];
    public float[] Values { get; } = new float[continuation.Length];
    public TokenLogProb[][]? Top { get; } = topLogProbs > 0 ? new TokenLogProb[continuation.Length][] : null;

    /// <summary>First position whose logits are needed: the one that predicts the continuation's first token.</summary>
    public int FirstPosition => Prefix - 1;

    public Task<TokenScores> Task => _completion.Task;
    public void Complete(float endValue) => _completion.TrySetResult(new TokenScores(LogProbs, Entropies, Values, endValue, Top));
    public void Fail(Exception error) => _completion.TrySetException(error);
    public void Cancel(CancellationToken cancellationToken) => _completion.TrySetCanceled(cancellationToken);
}
