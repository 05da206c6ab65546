namespace InferenceServer.Architecture.Tests;

/// <summary>The README's figures are quotations: every row of its tables stands in the file that a command wrote.</summary>
public sealed class ReadmeTests
{
    private static readonly string Readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));

    [Theory]
    [InlineData("results", "docs/results.md")]
    [InlineData("speed", "benchmarks/results/2-core-amd-epyc-zen4/engine.md")]
    public void Tables_OfTheReadme_QuoteTheResults(string block, string source)
    {
        string[] rows = [.. Block(block).Split('\n').Where(line => line.StartsWith('|'))];
        Assert.True(rows.Length > 3, $"The README's block '{block}' holds no table.");
        string[] measured = File.ReadAllLines(Path.Combine(Repository.Root, source));
        Assert.All(rows, row => Assert.Contains(row, measured));
    }

    [Fact]
    public void Tree_OfTheReadme_NamesEveryFolder()
    {
        foreach (string folder in Directory.GetDirectories(Path.Combine(Repository.Root, "src")))
            Assert.Contains($"src/{Path.GetFileName(folder)} ", Readme, StringComparison.Ordinal);
    }

    [Fact]
    public void Links_OfTheReadme_LeadSomewhere()
    {
        foreach (System.Text.RegularExpressions.Match link in System.Text.RegularExpressions.Regex.Matches(Readme, @"\]\(([^)#:]+)\)"))
            Assert.True(Path.Exists(Path.Combine(Repository.Root, link.Groups[1].Value)), $"{link.Groups[1].Value} is not there");
    }

    private static string Block(string name)
    {
        string begin = $"<!-- {name}:begin -->", end = $"<!-- {name}:end -->";
        int from = Readme.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        return Readme[from..Readme.IndexOf(end, StringComparison.Ordinal)];
    }
}
