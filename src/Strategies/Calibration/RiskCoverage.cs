namespace InferenceServer.Strategies.Calibration;

/// <summary>An answer whose truth is known: how sure the plan was, and whether it was right.</summary>
/// <param name="Confidence">Any score that grows with trust; only its order matters.</param>
/// <param name="Right">For a question without an answer every answer is wrong.</param>
public readonly record struct JudgedAnswer(double Confidence, bool Right);

/// <summary>What is answered, and how often wrongly, when only answers at least this sure are given.</summary>
/// <param name="Threshold">Answers with this confidence or more are given.</param>
/// <param name="Answered">How many are.</param>
/// <param name="Coverage">Their share of all.</param>
/// <param name="Risk">The share of wrong ones among them.</param>
/// <param name="RiskUpper">Upper end of the risk's 95 % interval (Wilson 1927).</param>
public sealed record RiskCoveragePoint(double Threshold, int Answered, double Coverage, double Risk, double RiskUpper);

/// <summary>
/// The risk-coverage curve of selective prediction (El-Yaniv and Wiener, "On the Foundations of Noise-free Selective Classification", JMLR 2010): for every threshold on the
/// confidence, which share is answered and which share of the answers is wrong.
/// </summary>
public sealed record RiskCoverage
{
    private const double Z = 1.959963984540054;

    private RiskCoverage(int total, IReadOnlyList<RiskCoveragePoint> points, double area) => (Total, Points, Area) = (total, points, area);

    /// <summary>Answers that were judged.</summary>
    public int Total { get; }

    /// <summary>One for each distinct confidence, from the surest on: coverage grows, the last one answers everything.</summary>
    public IReadOnlyList<RiskCoveragePoint> Points { get; }

    /// <summary>Mean risk over all coverages (AURC): the lower the better. Confidence that says nothing gives the overall share of wrong answers.</summary>
    public double Area { get; }

    /// <exception cref="ArgumentException">No answer, or a confidence that is no number.</exception>
    public static RiskCoverage Of(IReadOnlyCollection<JudgedAnswer> answers)
    {
        if (answers.Count == 0 || answers.Any(answer => double.IsNaN(answer.Confidence)))
            throw new ArgumentException("There must be answers, each with a confidence.", nameof(answers));
        var points = new List<RiskCoveragePoint>();
        int answered = 0, wrong = 0;
        double area = 0;
        foreach (var group in answers.GroupBy(answer => answer.Confidence).OrderByDescending(group => group.Key))
        {
            int size = group.Count();
            answered += size;
            wrong += group.Count(answer => !answer.Right);
            double risk = (double)wrong / answered;
            // Equal confidences are answered together, so their answers share one risk.
            area += risk * size / answers.Count;
            points.Add(new(group.Key, answered, (double)answered / answers.Count, risk, Upper(risk, answered)));
        }
        return new(answers.Count, points, area);
    }

    /// <summary>
    /// The lowest threshold at which the risk is at most <paramref name="risk"/>, by the upper end of its interval, so that it holds for other questions of the kind too;
    /// null when no threshold does, because there are too few answers or too many wrong ones.
    /// </summary>
    public RiskCoveragePoint? For(double risk) => Points.LastOrDefault(point => point.RiskUpper <= risk);

    private static double Upper(double share, int n) =>
        (share + Z * Z / (2 * n) + Z * Math.Sqrt(share * (1 - share) / n + Z * Z / (4.0 * n * n))) / (1 + Z * Z / n);
}
