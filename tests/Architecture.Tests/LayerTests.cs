using System.Xml.Linq;

namespace InferenceServer.Architecture.Tests;

/// <summary>The arrows of docs/architecture.md, read from the project files: nothing points up or sideways, and a package stays in its layer.</summary>
public sealed class LayerTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Kernels"] = [],
        ["Plugins"] = [],
        ["Modeling"] = [],
        ["Engine"] = ["Kernels", "Plugins", "Modeling"],
        ["Strategies"] = ["Engine"],
        ["Experiments"] = ["Strategies"],
        ["Server"] = ["Experiments", "Strategies"],
        ["Trainer"] = ["Strategies", "Modeling"],
        ["Evaluation"] = ["Trainer", "Strategies", "Experiments"],
    };

    private static readonly Dictionary<string, string> PackageLayer = new()
    {
        ["Microsoft.ML.OnnxRuntime"] = "Engine",
        ["Microsoft.ML.Tokenizers"] = "Modeling",
        ["Google.Protobuf"] = "Modeling",
        ["Swashbuckle"] = "Server",
        ["OpenTelemetry"] = "Server",
        ["Microsoft.Data.Sqlite"] = "Server",
        ["StackExchange.Redis"] = "Server",
        ["TorchSharp"] = "Trainer",
        ["libtorch"] = "Trainer",
    };

    public static TheoryData<string> Projects => [.. Directory.GetDirectories(Path.Combine(Repository.Root, "src")).Select(d => Path.GetFileName(d)!)];

    [Theory, MemberData(nameof(Projects))]
    public void References_OfAProject_PointDownwardsOnly(string project)
    {
        Assert.True(Allowed.ContainsKey(project), $"src/{project} is new: give it a place in docs/architecture.md and in this test.");
        var references = Elements(project, "ProjectReference").Select(Path.GetFileNameWithoutExtension);
        Assert.All(references, reference => Assert.Contains(reference, Allowed[project]));
    }

    [Theory, MemberData(nameof(Projects))]
    public void Packages_OfAProject_BelongToItsLayer(string project)
    {
        foreach (string package in Elements(project, "PackageReference"))
            foreach (var (prefix, layer) in PackageLayer)
                if (package.StartsWith(prefix, StringComparison.Ordinal))
                    Assert.Equal(layer, project);
    }

    [Fact]
    public void SourceFiles_Names_SayWhatTheyHold()
    {
        string[] empty = ["Utils", "Util", "Helpers", "Helper", "Manager", "Common", "Misc"];
        var files = Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Where(f => empty.Any(e => Path.GetFileNameWithoutExtension(f).EndsWith(e, StringComparison.Ordinal)));
        Assert.Empty(files);
    }

    private static IEnumerable<string> Elements(string project, string element) =>
        XDocument.Load(Path.Combine(Repository.Root, "src", project, project + ".csproj")).Descendants(element).Select(e => e.Attribute("Include")!.Value.Replace('\\', '/'));
}
