namespace InferenceServer.Trainer.Figures;

/// <summary>What all charts share: title, axes, grid and legend.</summary>
internal sealed class ChartFrame
{
    private const int Width = 760, Height = 420, Left = 70, Top = 44, Bottom = 360, Right = 540, LegendLine = 20, LegendWidth = 26;

    private readonly ChartAxis _y;

    public ChartFrame(string title, ChartAxis y, IReadOnlyList<string> series)
    {
        _y = y;
        Svg = new SvgDocument(Width, Height, title);
        Svg.Text(Left, 26, title, style: "title");
        foreach (double tick in y.Ticks)
        {
            Svg.Line(Left, Y(tick), Right, Y(tick), "grid");
            Svg.Text(Left - 8, Y(tick) + 4, y.Label(tick), "end");
        }
        Svg.Text(18, (Top + Bottom) / 2.0, y.Title, "middle", turned: true);
        for (int i = 0; i < series.Count; i++)
        {
            Svg.Rectangle(Right + 18, Top + 4 + i * LegendLine, 12, 12, SvgDocument.Series(i, "fill"));
            Svg.Text(Right + 18 + 18, Top + 15 + i * LegendLine, series[i].Length > LegendWidth ? series[i][..(LegendWidth - 1)] + "…" : series[i]);
        }
    }

    public SvgDocument Svg { get; }

    /// <summary>Place of a share of the width.</summary>
    public static double X(double share) => Left + Math.Clamp(share, 0, 1) * (Right - Left);

    /// <summary>Place of a value.</summary>
    public double Y(double value) => Bottom - Math.Clamp(_y.Place(value), 0, 1) * (Bottom - Top);

    public void DrawX(ChartAxis x, bool grid = true)
    {
        foreach (double tick in x.Ticks)
        {
            if (grid)
                Svg.Line(X(x.Place(tick)), Top, X(x.Place(tick)), Bottom, "grid");
            Svg.Text(X(x.Place(tick)), Bottom + 18, x.Label(tick), "middle");
        }
        Svg.Line(Left, Bottom, Right, Bottom, "axis");
        Svg.Line(Left, Top, Left, Bottom, "axis");
        Svg.Text((Left + Right) / 2.0, Bottom + 42, x.Title, "middle");
    }
}
