namespace InferenceServer.Server.Responses;

/// <summary>JSON has neither infinities nor NaN.</summary>
internal static class JsonFloat
{
    /// <summary>What OpenAI writes for a probability of zero.</summary>
    private const float ZeroProbability = -9999f;

    public static float LogProb(float value) => float.IsFinite(value) ? value : ZeroProbability;
    public static float? OrNull(float? value) => value is { } number && float.IsFinite(number) ? number : null;
    public static double? OrNull(double? value) => value is { } number && double.IsFinite(number) ? number : null;
}
