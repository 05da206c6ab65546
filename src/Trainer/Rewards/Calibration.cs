using InferenceServer.Modeling;

namespace InferenceServer.Trainer.Rewards;

/// <summary>
/// The straight line through the sigmoid that turns a ranking score into a probability (Platt 1999): p = sigmoid(slope * score + offset), fitted by Newton's method
/// on problems that the score was not learned from. It changes no order, and is folded into the head's last layer.
/// </summary>
/// <param name="Slope">Above zero.</param>
public sealed record Calibration(double Slope, double Offset)
{
    private const int Iterations = 50;

    public static readonly Calibration None = new(1, 0);

    /// <param name="observations">Score before the sigmoid, success and weight of each.</param>
    /// <returns><see cref="None"/> where the scores do not rise with success: there is no line to fit.</returns>
    public static Calibration Fit(IReadOnlyList<(double Score, double Success, double Weight)> observations)
    {
        (double slope, double offset) = (1, 0);
        // Keeps the curvature from vanishing when the scores separate the classes.
        const double Ridge = 1e-6;
        double total = observations.Sum(o => o.Weight);
        for (int i = 0; i < Iterations; i++)
        {
            double gs = Ridge * total * (slope - 1), go = 0, hss = Ridge * total, hso = 0, hoo = Ridge * total;
            foreach (var (score, success, weight) in observations)
            {
                double p = 1 / (1 + Math.Exp(-(slope * score + offset))), error = weight * (p - success), curvature = weight * p * (1 - p);
                (gs, go) = (gs + error * score, go + error);
                (hss, hso, hoo) = (hss + curvature * score * score, hso + curvature * score, hoo + curvature);
            }
            double determinant = hss * hoo - hso * hso, ds = (hoo * gs - hso * go) / determinant, d0 = (hss * go - hso * gs) / determinant;
            // A damped step: a full one can overshoot from far away.
            double scale = Math.Min(1, 2 / Math.Max(Math.Abs(ds), Math.Abs(d0)));
            (slope, offset) = (slope - scale * ds, offset - scale * d0);
            if (Math.Abs(ds) + Math.Abs(d0) < 1e-9)
                break;
        }
        return double.IsFinite(slope) && double.IsFinite(offset) && slope > 0 ? new(slope, offset) : None;
    }

    /// <summary>The weights with the line folded into the value head's last layer.</summary>
    public IWeights Fold(IWeights weights) => new Folded(weights, this);

    private sealed class Folded(IWeights weights, Calibration line) : IWeights
    {
        public void Read(TensorSpec tensor, Span<float> destination)
        {
            weights.Read(tensor, destination);
            if (tensor.Name is not (ModelLayout.ValueOutput or ModelLayout.ValueOutputBias))
                return;
            foreach (ref float value in destination)
                value = (float)(value * line.Slope + (tensor.Name == ModelLayout.ValueOutputBias ? line.Offset : 0));
        }
    }
}
