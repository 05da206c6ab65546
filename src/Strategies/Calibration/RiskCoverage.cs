namespace InferenceServer.Strategies.Calibration;

/// <summary>One answer with what was thought of it and what it was.</summary>
/// <param name="Confidence">The higher the surer.</param>
/// <param name="IsCorrect">Whether answering was right; false for any answer to a question that has none.</param>
public readonly record struct LabelledAnswer(double Confidence, bool IsCorrect);

/// <summary>What happens at one threshold.</summary>
/// <param name="Threshold">Answers at least this sure are given.</param>
/// <param name="Coverage">Share of answers given.</param>
/// <param name="Risk">Share of wrong ones among those given.</param>
/// <param name="TrustScore">(right − λ · wrong) / all; not answering is worth 0.</param>
public readonly record struct RiskCoveragePoint(double Threshold, double Coverage, double Risk, double TrustScore);

/// <summary>
/// Risk against coverage over all thresholds (El-Yaniv and Wiener, "On the Foundations of Noise-free Selective Classification", 2010), and the thresholds that
/// follow from it. Measured on few answers a threshold is uncertain: choose it on one set and report on another.
/// </summary>
public sealed class RiskCoverage
{
    private readonly int _count;

    /// <param name="answers">At least one.</param>
    /// <param name="lambda">What a wrong answer costs, in right ones.</param>
    /// <exception cref="ArgumentException">There is no answer, or a confidence is NaN.</exception>
    public RiskCoverage(IReadOnlyCollection<LabelledAnswer> answers, double lambda = 1)
    {
        if (answers.Count == 0)
            throw new ArgumentException("Calibration needs at least one labelled answer.", nameof(answers));
        if (answers.Any(answer => double.IsNaN(answer.Confidence)))
            throw new ArgumentException("A confidence is NaN.", nameof(answers));
        _count = answers.Count;
        var points = new List<RiskCoveragePoint>();
        int given = 0, wrong = 0;
        // Equal confidences are given or withheld together.
        foreach (var equal in answers.GroupBy(answer => answer.Confidence).OrderByDescending(group => group.Key))
        {
            given += equal.Count();
            wrong += equal.Count(answer => !answer.IsCorrect);
            points.Add(new(equal.Key, given / (double)_count, wrong / (double)given, (given - wrong - lambda * wrong) / _count));
        }
        Points = points;
    }

    /// <summary>From the highest threshold to the lowest, so with growing coverage.</summary>
    public IReadOnlyList<RiskCoveragePoint> Points { get; }

    /// <summary>
    /// Mean risk over all coverages, the area under the curve: the lower the better. Within a group of equal confidences the risk is taken as that at its end.
    /// </summary>
    public double Area
    {
        get
        {
            double area = 0, covered = 0;
            foreach (RiskCoveragePoint point in Points)
            {
                area += (point.Coverage - covered) * point.Risk;
                covered = point.Coverage;
            }
            return area;
        }
    }

    /// <summary>The lowest threshold at which at least this share of the answers given is right; null when no threshold reaches it.</summary>
    public double? ForPrecision(double precision)
    {
        RiskCoveragePoint[] reached = [.. Points.Where(point => 1 - point.Risk >= precision - 1e-12)];
        return reached.Length == 0 ? null : reached[^1].Threshold;
    }

    /// <summary>The highest threshold that covers at least this share.</summary>
    public double ForCoverage(double coverage) => Points.First(point => point.Coverage >= coverage - 1e-12).Threshold;

    /// <summary>The threshold of the best trust score; the higher one of equals. Above every confidence when not answering at all is best.</summary>
    public double ForTrust()
    {
        RiskCoveragePoint best = Points.MaxBy(point => point.TrustScore);
        return best.TrustScore > 0 ? best.Threshold : Math.BitIncrement(Points[0].Threshold);
    }

    /// <summary>What is given at a threshold.</summary>
    public RiskCoveragePoint At(double threshold)
    {
        RiskCoveragePoint[] reached = [.. Points.Where(point => point.Threshold >= threshold)];
        return reached.Length == 0 ? new(threshold, 0, 0, 0) : reached[^1] with { Threshold = threshold };
    }
}
