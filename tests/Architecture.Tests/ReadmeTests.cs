using System.Text.RegularExpressions;

namespace InferenceServer.Architecture.Tests;

/// <summary>The README's figures are quotations: every row of its tables stands in the file that a command wrote. What the pages link to is there.</summary>
public sealed partial class ReadmeTests
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

    /// <summary>Whoever quotes the best rows only would pass the test above.</summary>
    [Fact]
    public void Speed_OfTheReadme_LeavesOutNoRowOfItsSelection()
    {
        string[] measured = File.ReadAllLines(Path.Combine(Repository.Root, "benchmarks/results/2-core-amd-epyc-zen4/engine.md"));
        string[] selected = [.. measured.Where(row => row.StartsWith("| S |", StringComparison.Ordinal) || row.StartsWith("| M |", StringComparison.Ordinal)).Where(row => row.Contains("| on | 256 |", StringComparison.Ordinal))];
        Assert.NotEmpty(selected);
        Assert.Equal(selected, Block("speed").Split('\n').Where(line => line.Contains("| on | 256 |", StringComparison.Ordinal)));
    }

    [Fact]
    public void Tree_OfTheReadme_NamesEveryFolder()
    {
        foreach (string folder in Directory.GetDirectories(Path.Combine(Repository.Root, "src")))
            Assert.Contains($"src/{Path.GetFileName(folder)} ", Readme, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Links_OfAPage_LeadSomewhere(string page)
    {
        string folder = Path.GetDirectoryName(Path.Combine(Repository.Root, page))!;
        foreach (Match link in Link().Matches(File.ReadAllText(Path.Combine(Repository.Root, page))))
            Assert.True(Path.Exists(Path.Combine(folder, link.Groups[1].Value)), $"{page}: {link.Groups[1].Value} is not there");
    }

    public static TheoryData<string> Pages() =>
        [.. new[] { ".", "docs", "benchmarks", "models", "samples" }.Where(folder => Directory.Exists(Path.Combine(Repository.Root, folder)))
            .SelectMany(folder => Directory.GetFiles(Path.Combine(Repository.Root, folder), "*.md", folder == "." ? SearchOption.TopDirectoryOnly : SearchOption.AllDirectories))
            .Select(page => Path.GetRelativePath(Repository.Root, page))
            .Where(page => !page.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"))];

    [GeneratedRegex(@"\]\(([^)#:\s]+)(?:#[^)]*)?\)")]
    private static partial Regex Link();

    private static string Block(string name)
    {
        string begin = $"<!-- {name}:begin -->", end = $"<!-- {name}:end -->";
        int from = Readme.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        return Readme[from..Readme.IndexOf(end, StringComparison.Ordinal)];
    }
}
