using System.Globalization;
using InferenceServer.Trainer.Statistics;

namespace InferenceServer.Evaluation.Reports;

/// <summary>How figures are written, in the console and in files alike.</summary>
internal static class Figures
{
    /// <summary>66.3 % (60.7 to 71.4).</summary>
    public static string Percent(Interval value) => Format($"{100 * value.Estimate:f1} % ({100 * value.Low:f1} to {100 * value.High:f1})");

    /// <summary>+4.7 (+1.0 to +8.3), in percentage points.</summary>
    public static string Points(Interval? value) =>
        value is { } v ? Format($"{100 * v.Estimate:+0.0;-0.0;0.0} ({100 * v.Low:+0.0;-0.0;0.0} to {100 * v.High:+0.0;-0.0;0.0})") : "";

    public static string P(double? value) => value switch { null => "", < 0.001 => "< 0.001", { } p => Format($"{p:f3}") };

    public static string Tokens(double value) => Format($"{value:f1}");

    public static string GigaFlops(double value) => Format($"{value / 1e9:f2}");

    public static string Milliseconds(double value) => Format($"{value:f0}");

    private static string Format(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
