namespace InferenceServer.Trainer.Statistics;

/// <summary>
/// The chance that at least one of k samples is right, estimated from n ≥ k samples without bias (Chen et al., "Evaluating Large Language Models Trained on
/// Code", arXiv:2107.03374): 1 - C(n-c, k) / C(n, k).
/// </summary>
public static class PassAtK
{
    /// <param name="samples">n.</param>
    /// <param name="correct">c, from 0 to n.</param>
    /// <param name="k">From 1 to n.</param>
    public static double Estimate(int samples, int correct, int k)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(k, samples);
        ArgumentOutOfRangeException.ThrowIfNegative(correct);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(correct, samples);
        // The product form stays in range where the binomials would overflow; a factor is 0 as soon as fewer than k samples are wrong.
        double allWrong = 1;
        for (int i = 0; i < k; i++)
            allWrong *= Math.Max(0, samples - correct - i) / (double)(samples - i);
        return 1 - allWrong;
    }
}
