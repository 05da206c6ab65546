using InferenceServer.Modeling.Text;

namespace InferenceServer.Modeling.Tests.Text;

public sealed class StopStringsTests
{
    [Fact]
    public void Append_NoStopStrings_PassesEverythingAtOnce() => Assert.Equal(("abc", false), new StopStrings([]).Append("abc"));

    [Fact]
    public void Append_StopAcrossPieces_CutsBeforeIt()
    {
        var stops = new StopStrings(["\n\nQ:"]);
        Assert.Equal(("4", false), stops.Append("4\n"));
        Assert.Equal(("", false), stops.Append("\n"));
        Assert.Equal(("", true), stops.Append("Q: next"));
        Assert.Equal("\n\nQ:", stops.Matched);
        Assert.Equal(("", true), stops.Append("more"));
        Assert.Equal("", stops.Flush());
    }

    [Fact]
    public void Append_FalseAlarm_GivesTheHeldTextBack()
    {
        var stops = new StopStrings(["END"]);
        Assert.Equal(("a", false), stops.Append("aEN"));
        Assert.Equal(("ENx", false), stops.Append("x"));
        Assert.Null(stops.Matched);
    }

    [Fact]
    public void Flush_TextEndsInsideAStop_GivesTheHeldText()
    {
        var stops = new StopStrings(["END"]);
        stops.Append("aEN");
        Assert.Equal("EN", stops.Flush());
        Assert.Equal("", stops.Flush());
    }

    [Fact]
    public void Append_OverlappingPrefix_HoldsTheLongestTailThatMayBegin()
    {
        var stops = new StopStrings(["aab"]);
        Assert.Equal(("a", false), stops.Append("aaa"));
        Assert.Equal(("", true), stops.Append("b"));
    }

    [Theory]
    [InlineData("abcd", "a", "c", "bc")]
    [InlineData("abcd", "ab", "bcd", "c")]
    [InlineData("xabc", "x", "abc", "ab")]
    public void Append_SeveralStops_TheFirstCompleteOneWins(string text, string expected, string stop, string other)
    {
        var stops = new StopStrings([stop, other]);
        Assert.Equal((expected, true), stops.Append(text));
    }

    [Fact]
    public void Append_AnyPartition_GivesTheSameText()
    {
        var random = new Random(3);
        for (int run = 0; run < 5000; run++)
        {
            string[] list = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Letters(random, 1, 4))];
            string text = Letters(random, 0, 25);
            var pieces = new List<string>();
            for (int i = 0, n; i < text.Length; i += n)
                pieces.Add(text.Substring(i, n = Math.Min(random.Next(1, 6), text.Length - i)));
            Assert.Equal(Feed(list, text.Select(c => c.ToString())), Feed(list, pieces));
        }
    }

    [Fact]
    public void Constructor_EmptyStopString_Throws() => Assert.Throws<ArgumentException>(() => new StopStrings(["a", ""]));

    private static (string Text, string? Matched) Feed(IReadOnlyList<string> list, IEnumerable<string> pieces)
    {
        var stops = new StopStrings(list);
        string text = string.Concat(pieces.Select(p => stops.Append(p).Emit)) + stops.Flush();
        return (text, stops.Matched);
    }

    private static string Letters(Random random, int min, int max) => string.Concat(Enumerable.Range(0, random.Next(min, max + 1)).Select(_ => "abc"[random.Next(3)]));
}
