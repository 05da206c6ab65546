namespace InferenceServer.Evaluation.Measuring;

/// <summary>What one plan did with one problem.</summary>
/// <param name="Samples">Answers given.</param>
/// <param name="Correct">Of those, how many were right.</param>
/// <param name="Prompt">Prompt tokens, cached ones included.</param>
/// <param name="Cached">Prompt tokens found in the prefix cache.</param>
/// <param name="Answer">Sampled tokens of the answers.</param>
/// <param name="Discarded">Sampled tokens of other candidates.</param>
/// <param name="Flops">Estimated operations.</param>
/// <param name="Milliseconds">From request to answer, other problems running beside it.</param>
/// <param name="Text">The first answer.</param>
public sealed record ProblemOutcome(int Samples, int Correct, int Prompt, int Cached, int Answer, int Discarded, double Flops, double Milliseconds, string Text)
{
    /// <summary>Share of right answers, 0 or 1 for a single one.</summary>
    public double Accuracy => Correct / (double)Samples;
}
