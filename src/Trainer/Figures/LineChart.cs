namespace InferenceServer.Trainer.Figures;

/// <summary>A line of a chart.</summary>
/// <param name="Points">From left to right.</param>
/// <param name="Band">Lower and upper end of each point's interval; null for none.</param>
/// <param name="Dashed">For what is no result but a reference.</param>
/// <param name="Marked">Draws the points as well.</param>
public sealed record ChartLine(string Name, IReadOnlyList<(double X, double Y)> Points, IReadOnlyList<(double Low, double High)>? Band = null, bool Dashed = false, bool Marked = false);

/// <summary>Lines over two axes, with their intervals as bands.</summary>
public sealed record LineChart(string Title, ChartAxis X, ChartAxis Y, IReadOnlyList<ChartLine> Lines)
{
    public override string ToString()
    {
        var frame = new ChartFrame(Title, Y, [.. Lines.Select(line => line.Name)]);
        frame.DrawX(X);
        for (int i = 0; i < Lines.Count; i++)
        {
            var line = Lines[i];
            (double X, double Y)[] places = [.. line.Points.Select(p => (ChartFrame.X(X.Place(p.X)), frame.Y(p.Y)))];
            if (line.Band is { } band)
                frame.Svg.Path([.. places.Select((p, k) => (p.X, frame.Y(band[k].Low))), .. places.Select((p, k) => (p.X, frame.Y(band[k].High))).Reverse()], SvgDocument.Series(i, "area"), closed: true);
            frame.Svg.Path(places, SvgDocument.Series(i, line.Dashed ? "line dashed" : "line"));
            if (line.Marked)
                foreach (var (x, y) in places)
                    frame.Svg.Circle(x, y, 3.5, SvgDocument.Series(i, "fill"));
        }
        return frame.Svg.ToString();
    }
}
