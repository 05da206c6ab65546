using InferenceServer.Engine;
using InferenceServer.Engine.Sampling;

namespace InferenceServer.Strategies.Echoes;

/// <summary>
/// The Echo Likelihood Gap of arXiv:2602.06600: how much likelier a completion is with its echo of the question than without, in nats a token. A large gap mostly
/// says that the trimmed text reads unnaturally where it was cut, so the gap of the rest alone is always given beside it.
/// </summary>
/// <param name="EchoTokens">Tokens of the echo; 0 when there is none.</param>
/// <param name="Raw">L(y): mean log-probability of the completion as it is.</param>
/// <param name="Trimmed">Mean log-probability of the completion without its echo.</param>
/// <param name="SuffixWithEcho">L(s | x, e): mean log-probability of what follows the echo, after it.</param>
public sealed record EchoLikelihoodGap(int EchoTokens, double Raw, double Trimmed, double SuffixWithEcho)
{
    /// <summary>dL = L(raw) − L(trimmed); 0 without an echo.</summary>
    public double Gap => EchoTokens == 0 ? 0 : Raw - Trimmed;

    /// <summary>dL of the suffix = L(s | x, e) − L(s | x); 0 without an echo.</summary>
    public double SuffixGap => EchoTokens == 0 ? 0 : SuffixWithEcho - Trimmed;

    /// <summary>Scores a completion twice, with its echo and without.</summary>
    /// <param name="model">Whose likelihoods.</param>
    /// <param name="prompt">What was asked, as tokens.</param>
    /// <param name="question">What was asked, as words, to find the echo by.</param>
    /// <param name="completion">What was answered; not empty.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="ArgumentException">The completion is empty.</exception>
    /// <exception cref="PromptTooLongException">Both together do not fit the model's context.</exception>
    public static async Task<EchoLikelihoodGap> MeasureAsync(
        ILanguageModel model, ReadOnlyMemory<int> prompt, string question, string completion, CancellationToken cancellationToken)
    {
        if (completion.Length == 0)
            throw new ArgumentException("There is no completion to score.", nameof(completion));
        int span = EchoDetection.SpanLength(question, completion);
        // The echo and the rest are tokenized apart, so that the rest is the same tokens both times.
        int[] echo = span == 0 ? [] : model.Tokenizer.Encode(completion[..span], allowSpecial: false);
        int[] rest = span == completion.Length ? [] : model.Tokenizer.Encode(completion[span..], allowSpecial: false);
        await using SequenceHandle sequence = model.Start(prompt.Span, new SequenceOptions { Sampling = SamplingOptions.Greedy });
        float[] raw = (await sequence.ScoreAsync((int[])[.. echo, .. rest], cancellationToken: cancellationToken)).LogProbs;
        double mean = raw.Average();
        if (echo.Length == 0)
            return new(0, mean, mean, mean);
        if (rest.Length == 0)
            return new(echo.Length, mean, double.NaN, double.NaN);
        float[] trimmed = (await sequence.ScoreAsync(rest, cancellationToken: cancellationToken)).LogProbs;
        return new(echo.Length, mean, trimmed.Average(), raw.Skip(echo.Length).Average());
    }
}
