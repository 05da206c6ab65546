namespace InferenceServer.Strategies.Answers;

/// <summary>
/// When two answers are the same: equal numbers, or equal text. Numbers may differ by 1e-6 of the second one's size. A unit counts only if both name one;
/// "50%" equals both "50" and "0.5", since texts write it either way.
/// </summary>
public static class AnswerEquality
{
    public static bool Same(ExtractedAnswer a, ExtractedAnswer b)
    {
        if (a.Number is not double x || b.Number is not double y)
            return a.Normalized == b.Normalized;
        if (a.Unit == b.Unit)
            return Close(x, y);
        if (a.Unit.Length > 0 && b.Unit.Length > 0)
            return false;
        return Close(x, y) || (a.Unit == "%" && Close(x / 100, y)) || (b.Unit == "%" && Close(x, y / 100));
    }

    /// <summary>Compares an answer found in a completion with the expected one as its file spells it.</summary>
    public static bool Matches(ExtractedAnswer? answer, string expected) => answer is not null && Same(answer, AnswerNormalizer.Normalize(expected));

    private static bool Close(double a, double b) => Math.Abs(a - b) <= 1e-6 * Math.Max(1, Math.Abs(b));
}
