using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace InferenceServer.Experiments;

/// <summary>
/// Which arm a unit gets: weighted rendezvous hashing (Schindelhauer and Schomaker, "Weighted distributed hash tables", SPAA 2005, the logarithmic method). Each arm draws a number u in
/// (0, 1) from a hash that is salted with the experiment's name and arms, and the arm with the smallest -ln(u) / weight gets the unit, which happens with a probability proportional to its
/// weight. Nothing is stored and every server gets the same; a unit keeps its arm while name and arms stay; and when one arm's weight changes only units that it wins or loses move, where
/// cutting the unit interval into pieces would move units between the other arms too.
/// </summary>
public static class Assignment
{
    /// <param name="experiment">At least one of its arms is not stopped.</param>
    /// <param name="unit">Whoever should always get the same arm.</param>
    public static Arm Of(Experiment experiment, string unit)
    {
        Arm? winner = null;
        double least = double.PositiveInfinity;
        string fingerprint = experiment.Fingerprint;
        foreach (Arm arm in experiment.Arms)
        {
            if (!(arm.EffectiveWeight > 0))
                continue;
            double drawn = -Math.Log(Draw(experiment.Name, fingerprint, arm.Name, unit)) / arm.EffectiveWeight;
            if (drawn < least)
                (least, winner) = (drawn, arm);
        }
        return winner ?? throw new ArgumentException($"The experiment '{experiment.Name}' has no arm that takes units.", nameof(experiment));
    }

    /// <summary>The chance that a unit gets an arm, in their order.</summary>
    public static double[] Shares(IReadOnlyList<Arm> arms)
    {
        double sum = arms.Sum(arm => arm.EffectiveWeight);
        return [.. arms.Select(arm => arm.EffectiveWeight / sum)];
    }

    /// <summary>A unit as it is stored: nobody can read from it who it was without knowing whom to look for.</summary>
    public static string Pseudonym(Experiment experiment, string unit) =>
        Convert.ToHexStringLower(Hash("unit", experiment.Name, experiment.Fingerprint, unit).AsSpan(0, 8));

    /// <summary>Uniform in (0, 1), 53 bits of it.</summary>
    private static double Draw(string name, string fingerprint, string arm, string unit) =>
        ((BinaryPrimitives.ReadUInt64BigEndian(Hash(name, fingerprint, arm, unit)) >> 11) + 0.5) / (1UL << 53);

    /// <summary>Each part behind its length, so that no two lists of parts are one text.</summary>
    private static byte[] Hash(params ReadOnlySpan<string> parts)
    {
        var text = new StringBuilder();
        foreach (string part in parts)
            text.Append(part.Length).Append(':').Append(part);
        return SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()));
    }
}
