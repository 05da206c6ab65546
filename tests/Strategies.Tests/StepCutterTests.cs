using InferenceServer.Strategies.Steps;

namespace InferenceServer.Strategies.Tests;

public class StepCutterTests
{
    private static List<StepSpan> Cut(StepCutter cutter, IEnumerable<string> pieces)
    {
        List<StepSpan> steps = [.. pieces.SelectMany(cutter.Append)];
        if (cutter.Finish() is { } last)
            steps.Add(last);
        return steps;
    }

    [Fact]
    public void Append_Newlines_CutStepsAndSkipBlankOnes()
    {
        Assert.Equal([new("one", 0, 4), new("two", 5, 9), new("three", 12, 17)], Cut(new StepCutter(), ["one\n\ntwo\n  \nthree"]));
        Assert.Equal([new("one", 0, 4)], Cut(new StepCutter(), ["one\n"]));
        Assert.Empty(Cut(new StepCutter(), ["", "\n", " "]));
    }

    [Fact]
    public void Append_StepCompletedLater_IsReportedOnceItIs()
    {
        var cutter = new StepCutter();
        Assert.Empty(cutter.Append("1+1"));
        Assert.Equal([new("1+1=2", 0, 6)], cutter.Append("=2\nne"));
        Assert.Equal([new("next", 6, 11)], cutter.Append("xt\n"));
        Assert.Null(cutter.Finish());
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\n\n")]
    [InlineData("aab")]
    public void Append_AnySplit_GivesTheSameSteps(string delimiter)
    {
        var random = new Random(1);
        for (int trial = 0; trial < 500; trial++)
        {
            string text = string.Concat(Enumerable.Range(0, 30).Select(_ => "ab\nc"[random.Next(4)]));
            var pieces = new List<string>();
            for (int at = 0; at < text.Length;)
            {
                int length = Math.Min(random.Next(5), text.Length - at);
                pieces.Add(text.Substring(at, length));
                at += length;
            }
            List<StepSpan> whole = Cut(new StepCutter(delimiter), [text]), split = Cut(new StepCutter(delimiter), pieces);
            Assert.Equal(whole, split);
            Assert.Equal(text.Split(delimiter).Where(step => !string.IsNullOrWhiteSpace(step)), whole.Select(step => step.Text));
            Assert.All(whole, step => Assert.StartsWith(step.Text, text[step.Start..step.End], StringComparison.Ordinal));
        }
    }
}
