using System.Xml.Linq;
using InferenceServer.Shared;
using InferenceServer.Trainer.Evaluating;
using InferenceServer.Trainer.Figures;
using InferenceServer.Trainer.Recipes;
using InferenceServer.Trainer.Rewards;
using InferenceServer.Trainer.Rollouts;
using InferenceServer.Trainer.Stages;
using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Tests;

public sealed class FiguresTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [Fact]
    public void ToString_LineWithBand_PutsPointsWhereTheirValuesSay()
    {
        var chart = new LineChart("A & B", ChartAxis.Linear("x", 0, 10), ChartAxis.Percent("y"), [new("one", [(0, 0), (10, 1)], [(0, 0.1), (0.9, 1)], Marked: true)]);
        var picture = XDocument.Parse(chart.ToString());
        Assert.Equal("A & B", picture.Root!.Element(Svg + "title")!.Value);
        Assert.Equal("M70.00 360.00 L540.00 44.00", picture.Descendants(Svg + "path").Single(p => (string?)p.Attribute("class") == "line s0").Attribute("d")!.Value);
        string band = picture.Descendants(Svg + "path").Single(p => ((string?)p.Attribute("class"))!.StartsWith("area", StringComparison.Ordinal)).Attribute("d")!.Value;
        Assert.Equal("M70.00 360.00 L540.00 75.60 L540.00 44.00 L70.00 328.40 Z", band);
        Assert.Equal(2, picture.Descendants(Svg + "circle").Count());
        Assert.Contains("prefers-color-scheme:dark", chart.ToString());
    }

    [Fact]
    public void ToString_Bars_HaveTheirHeightsAndWhiskers()
    {
        var chart = new BarChart("bars", "group", ChartAxis.Percent("y"), ["a", "b"], [("s", [new(0.4, 0.5, 0.6), new(1, 1, 1)])]);
        var picture = XDocument.Parse(chart.ToString());
        var bars = picture.Descendants(Svg + "rect").Where(r => (string?)r.Attribute("class") == "fill s0" && (string)r.Attribute("width")! != "12.00").ToArray();
        Assert.Equal(["158.00", "316.00"], bars.Select(bar => (string)bar.Attribute("height")!));
        Assert.Single(picture.Descendants(Svg + "line"), l => (string?)l.Attribute("class") == "whisker");
    }

    [Theory]
    [InlineData(0, 1.7, new[] { 0, 0.5, 1, 1.5, 2 })]
    [InlineData(0, 100, new[] { 0.0, 20, 40, 60, 80, 100 })]
    [InlineData(0, 0.03, new[] { 0, 0.005, 0.01, 0.015, 0.02, 0.025, 0.03 })]
    public void Linear_AnyRange_HasRoundTicks(double low, double high, double[] ticks) =>
        Assert.Equal(ticks, ChartAxis.Linear("x", low, high).Ticks.Select(tick => Math.Round(tick, 9)));

    [Fact]
    public void Place_PowersOfTwo_AreEquallyFarApart() =>
        Assert.Equal([0, 0.25, 0.5, 0.75, 1], ((int[])[1, 2, 4, 8, 16]).Select(n => Math.Round(ChartAxis.PowersOfTwo("n", [1, 2, 4, 8, 16]).Place(n), 9)));

    [Fact]
    public void Run_AnEvaluation_DrawsEveryFigureAndTheSameAgain()
    {
        using var folder = new TemporaryFolder();
        var problem = new WordProblem("chain", 2, "?", [new("a", "1+2=3", 3)], 3);
        Rollout[] samples = [New("a: 1+2=3\n#### 3"), New("a: 1+2=4\n#### 4")];
        var measured = new MeasuredProblem(problem, samples[0], samples, [.. samples.Select(sample => StepLabels.Exact(problem, sample, '\n'))], null);
        new PolicyReport("policy", null, new Dictionary<string, SetReport> { ["templates"] = SetReport.Of([measured], 0.8, _ => 1) }).Save(folder.File("evaluation.json"));
        File.WriteAllLines(folder.File("training.jsonl"), Enumerable.Range(1, 20).Select(i => $"{{\"step\":{50 * i},\"loss\":{2.0 / i:f3},\"tokens\":1000}}"));
        FiguresStage.Run(folder.Path, folder.File("figures"), "templates");
        string[] names = ["best-of-n.svg", "learning-curve.svg", "pass-at-k.svg", "ranking.svg", "reliability.svg"];
        Assert.Equal(names, Directory.GetFiles(folder.File("figures")).Select(Path.GetFileName).Order());
        Assert.All(Directory.GetFiles(folder.File("figures")), file => XDocument.Load(file));
        string before = File.ReadAllText(folder.File("figures/ranking.svg"));
        FiguresStage.Run(folder.Path, folder.File("figures"), "templates");
        Assert.Equal(before, File.ReadAllText(folder.File("figures/ranking.svg")));
        Assert.Contains("templates", Assert.Throws<RecipeException>(() => FiguresStage.Run(folder.Path, folder.File("figures"), "no such")).Message);
        Assert.Contains("evaluate stage", Assert.Throws<RecipeException>(() => FiguresStage.Run(folder.File("nowhere"), folder.File("figures"), "templates")).Message);

        File.WriteAllText(folder.File("CARD.md"), "before\n<!-- evaluation:begin -->\nold\n<!-- evaluation:end -->\nafter\n");
        FiguresStage.Run(folder.Path, folder.File("figures"), "templates", folder.File("CARD.md"));
        string card = File.ReadAllText(folder.File("CARD.md"));
        Assert.Contains("| tier 2 | 1 | 100.0 (100.0 to 100.0) | 50.0 (50.0 to 50.0) | 100.0 (100.0 to 100.0) |", card, StringComparison.Ordinal);
        Assert.Contains("| majority | 50.0 | 100.0 (100.0 to 100.0) | 0.0 (0.0 to 0.0) |", card, StringComparison.Ordinal);
        Assert.StartsWith("before\n<!-- evaluation:begin -->\n| tier or family |", card, StringComparison.Ordinal);
        Assert.EndsWith("<!-- evaluation:end -->\nafter\n", card, StringComparison.Ordinal);
        File.WriteAllText(folder.File("CARD.md"), "no marks");
        Assert.Contains("evaluation:begin", Assert.Throws<PageBlockException>(() => FiguresStage.Run(folder.Path, folder.File("figures"), "templates", folder.File("CARD.md"))).Message, StringComparison.Ordinal);
        Assert.Contains("not there", Assert.Throws<PageBlockException>(() => FiguresStage.Run(folder.Path, folder.File("figures"), "templates", folder.File("none.md"))).Message, StringComparison.Ordinal);

        static Rollout New(string text) => new([.. text.Select(c => (int)c), 0], text, true, [.. Enumerable.Repeat(-0.1f, text.Length + 1)], new float[text.Length + 1], [.. Enumerable.Repeat(0.5f, text.Length + 1)]);
    }

    /// <summary>The bundled model's card quotes its measurements, to the digit and without a row less.</summary>
    [Fact]
    public void Card_OfTheBundledModel_QuotesItsEvaluation() =>
        Assert.Equal(PolicyReport.Load(Path.Combine(RepositoryRoot.Path, "docs/figures/evaluation.json")).Markdown(EvaluateStage.Templates).TrimEnd('\n'),
            new PageBlock(FiguresStage.CardBlock).Read(Path.Combine(RepositoryRoot.Path, "models/reasoner/MODEL_CARD.md")));
}
