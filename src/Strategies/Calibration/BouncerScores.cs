namespace InferenceServer.Strategies.Calibration;

/// <summary>How well a gate bounces: the measures of BouncerBench, arXiv:2506.17812. A gate that lets all pass looks accurate; recall and false bounces tell.</summary>
/// <param name="Recall">R_b: share bounced of what should be.</param>
/// <param name="FalseBounces">FNR_a: share bounced of what should pass.</param>
/// <param name="MacroF1">F_m: mean of the F1 of bouncing and of accepting.</param>
public readonly record struct GateQuality(double Recall, double FalseBounces, double MacroF1);

public static class BouncerScores
{
    /// <summary>Input score: (2/3) · mean of ±(label − 1.5), + where bounced; from −1 to 1.</summary>
    /// <param name="gates">How ill-posed each request is, from 0 (well specified) to 3 (impossible), and whether it was bounced.</param>
    public static double Input(IEnumerable<(int Label, bool IsBounced)> gates) =>
        2.0 / 3 * gates.Average(gate => (gate.IsBounced ? 1 : -1) * (gate.Label - 1.5));

    /// <summary>Output score: mean of ±f, with f the share of its tests that an answer passes; + when exactly the imperfect answers are bounced.</summary>
    public static double Output(IEnumerable<(double Passed, bool IsBounced)> gates) =>
        gates.Average(gate => (gate.IsBounced == gate.Passed < 1 ? 1 : -1) * gate.Passed);

    /// <summary>Trust score: (right − λ · wrong) / all, of the answers given at a threshold; not answering is worth 0.</summary>
    /// <param name="answers">All of them.</param>
    /// <param name="threshold">Answers at least this sure are given.</param>
    /// <param name="lambda">What a wrong answer costs, in right ones.</param>
    public static double Trust(IEnumerable<JudgedAnswer> answers, double threshold, double lambda = 1) =>
        answers.Average(answer => answer.Confidence < threshold ? 0 : answer.Right ? 1 : -lambda);

    public static GateQuality Quality(IEnumerable<(bool ShouldBounce, bool IsBounced)> gates)
    {
        int hit = 0, missed = 0, wrongly = 0, passed = 0;
        foreach (var (should, bounced) in gates)
            _ = (should, bounced) switch { (true, true) => hit++, (true, false) => missed++, (false, true) => wrongly++, _ => passed++ };
        double F1(int right, int others) => right == 0 ? 0 : 2.0 * right / (2 * right + others);
        return new(Share(hit, hit + missed), Share(wrongly, wrongly + passed), (F1(hit, missed + wrongly) + F1(passed, missed + wrongly)) / 2);
    }

    private static double Share(int part, int whole) => whole == 0 ? double.NaN : part / (double)whole;
}
