using System.Globalization;
using InferenceServer.Trainer.Statistics;

namespace InferenceServer.Evaluation.Reports;

/// <summary>How figures are written, in the console and in files alike.</summary>
internal static class Figures
{
    /// <summary>66.3 % (60.7 to 71.4).</summary>
    public static string Percent(Interval value) => double.IsNaN(value.Estimate) ? "none" : Format($"{100 * value.Estimate:f1} % ({100 * value.Low:f1} to {100 * value.High:f1})");

    /// <summary>66.3 %.</summary>
    public static string Percent(double value) => double.IsNaN(value) ? "" : Format($"{100 * value:f1} %");

    /// <summary>+4.7 (+1.0 to +8.3), in percentage points.</summary>
    public static string Points(Interval? value) => value is { } v ? Signed(new(100 * v.Low, 100 * v.Estimate, 100 * v.High), "0.0") : "";

    /// <summary>+0.047 (+0.010 to +0.083).</summary>
    public static string Signed(Interval value, string digits = "0.000")
    {
        string format = $"+{digits};-{digits};{digits}";
        string Sign(double x) => x.ToString(format, CultureInfo.InvariantCulture);
        return $"{Sign(value.Estimate)} ({Sign(value.Low)} to {Sign(value.High)})";
    }

    /// <summary>0.663 (0.607 to 0.714).</summary>
    public static string Number(Interval value) => double.IsNaN(value.Estimate) ? "none" : Format($"{value.Estimate:f3} ({value.Low:f3} to {value.High:f3})");

    public static string Number(double value) => double.IsNaN(value) ? "" : Format($"{value:f3}");

    public static string P(double? value) => value switch { null => "", < 0.001 => "< 0.001", { } p => Format($"{p:f3}") };

    public static string Tokens(double value) => Format($"{value:f1}");

    public static string GigaFlops(double value) => double.IsNaN(value) ? "" : Format($"{value / 1e9:f2}");

    public static string Milliseconds(double value) => Format($"{value:f0}");

    private static string Format(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
