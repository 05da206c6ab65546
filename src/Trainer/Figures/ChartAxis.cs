using System.Globalization;

namespace InferenceServer.Trainer.Figures;

/// <summary>One direction of a chart.</summary>
/// <param name="Low">Where it begins.</param>
/// <param name="High">Where it ends.</param>
/// <param name="Ticks">Marked values.</param>
/// <param name="Label">Text of a tick.</param>
/// <param name="Logarithmic">Equal distances are equal factors.</param>
public sealed record ChartAxis(string Title, double Low, double High, IReadOnlyList<double> Ticks, Func<double, string> Label, bool Logarithmic = false)
{
    /// <summary>Shares from one value to another as percentages.</summary>
    public static ChartAxis Percent(string title, double low = 0, double high = 1)
    {
        double step = high - low > 0.5 ? 0.2 : 0.1;
        return new(title, low, high, [.. Enumerable.Range(0, (int)Math.Round((high - low) / step) + 1).Select(i => low + i * step)], x => string.Create(CultureInfo.InvariantCulture, $"{100 * x:f0} %"));
    }

    /// <summary>From zero or a power of two upwards: 1, 2, 4 and so on, equally far apart.</summary>
    public static ChartAxis PowersOfTwo(string title, IEnumerable<int> values)
    {
        double[] ticks = [.. values.Select(value => (double)value)];
        return new(title, ticks[0], Math.Max(ticks[^1], ticks[0] + 1), ticks, x => string.Create(CultureInfo.InvariantCulture, $"{x:f0}"), Logarithmic: true);
    }

    /// <summary>From low to high in about five round steps.</summary>
    public static ChartAxis Linear(string title, double low, double high, string suffix = "")
    {
        double rough = Math.Max(high - low, double.Epsilon) / 5, unit = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double step = unit * (rough / unit < 1.5 ? 1 : rough / unit < 3 ? 2 : rough / unit < 7 ? 5 : 10);
        double first = Math.Floor(low / step) * step, last = Math.Ceiling(high / step - 1e-9) * step;
        return new(title, first, last, [.. Enumerable.Range(0, (int)Math.Round((last - first) / step) + 1).Select(i => first + i * step)],
            x => x.ToString("0.####", CultureInfo.InvariantCulture) + suffix);
    }

    /// <summary>Where a value lies, from 0 to 1.</summary>
    public double Place(double value) => Logarithmic ? Math.Log(value / Low) / Math.Log(High / Low) : (value - Low) / (High - Low);
}
