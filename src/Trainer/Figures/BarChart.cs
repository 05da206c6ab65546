using InferenceServer.Trainer.Statistics;

namespace InferenceServer.Trainer.Figures;

/// <summary>Bars in groups, with their intervals as whiskers.</summary>
/// <param name="Groups">Names along the axis.</param>
/// <param name="Series">Bars of each group, by name.</param>
public sealed record BarChart(string Title, string GroupTitle, ChartAxis Y, IReadOnlyList<string> Groups, IReadOnlyList<(string Name, IReadOnlyList<Interval> Values)> Series)
{
    private const double Gap = 0.2;

    public override string ToString()
    {
        var frame = new ChartFrame(Title, Y, [.. Series.Select(series => series.Name)]);
        frame.DrawX(new ChartAxis(GroupTitle, 0, Groups.Count, [.. Enumerable.Range(0, Groups.Count).Select(i => i + 0.5)], x => Groups[(int)x]), grid: false);
        double width = (1 - Gap) / Series.Count;
        for (int group = 0; group < Groups.Count; group++)
        {
            for (int i = 0; i < Series.Count; i++)
            {
                var value = Series[i].Values[group];
                double left = ChartFrame.X((group + Gap / 2 + i * width) / Groups.Count), right = ChartFrame.X((group + Gap / 2 + (i + 0.92) * width) / Groups.Count), middle = (left + right) / 2;
                frame.Svg.Rectangle(left, frame.Y(value.Estimate), right - left, frame.Y(Y.Low) - frame.Y(value.Estimate), SvgDocument.Series(i, "fill"));
                if (value.High > value.Low)
                    frame.Svg.Line(middle, frame.Y(value.Low), middle, frame.Y(value.High), "whisker");
            }
        }
        return frame.Svg.ToString();
    }
}
