namespace InferenceServer.Trainer.Tasks;

/// <summary>What a tier asks for.</summary>
/// <param name="OutOfOrder">Some sentence says what an earlier one refers to.</param>
public sealed record Difficulty(int FewestSteps, int MostSteps, int FewestDistractors, int MostDistractors, bool OutOfOrder)
{
    private static readonly Difficulty[] Tiers = [new(1, 2, 0, 0, false), new(2, 3, 0, 1, false), new(3, 4, 1, 1, false), new(4, 6, 1, 2, true), new(6, 8, 2, 3, true)];

    public static Difficulty Of(int tier) => Tiers[tier - 1];
}
