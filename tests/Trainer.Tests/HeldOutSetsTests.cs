using System.Security.Cryptography;
using System.Text.Json;
using InferenceServer.Shared;
using InferenceServer.Trainer.Data;
using InferenceServer.Trainer.Recipes;
using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Tests;

public sealed class HeldOutSetsTests
{
    private static readonly Recipe Shipped = Recipe.Load(TestAssembly.RepositoryPath("recipes", "reasoner.json"));
    private static readonly HeldOutSets Made = HeldOutSets.Create(Shipped.Data.HeldOut);

    [Fact]
    public void ShippedFiles_AreWhatTheRecipeMakes()
    {
        foreach (var (name, text) in Made.Files())
            Assert.True(File.ReadAllText(TestAssembly.RepositoryPath("recipes", "held-out", name)) == text, $"recipes/held-out/{name} is not what the recipe makes: run the held-out stage.");
    }

    [Fact]
    public void ShippedManifest_Hashes_AreThoseOfTheFiles()
    {
        using var manifest = JsonDocument.Parse(File.ReadAllBytes(TestAssembly.RepositoryPath("recipes", "held-out", HeldOutSets.ManifestFile)));
        Assert.Equal(4, manifest.RootElement.EnumerateObject().Count());
        foreach (var set in manifest.RootElement.EnumerateObject())
        {
            byte[] file = File.ReadAllBytes(TestAssembly.RepositoryPath("recipes", "held-out", set.Name));
            Assert.Equal(set.Value.GetProperty("sha256").GetString(), Convert.ToHexStringLower(SHA256.HashData(file)));
            Assert.Equal(set.Value.GetProperty("problems").GetInt32(), file.Count(b => b == '\n'));
        }
    }

    [Fact]
    public void Create_Sets_AreWhatTheyAreCalled()
    {
        Assert.All(Made.Templates.CountBy(p => p.Tier), tier => Assert.Equal(200, tier.Value));
        Assert.Equal(WordProblemTask.Tiers, Made.Templates.Take(WordProblemTask.Tiers).DistinctBy(p => p.Tier).Count());
        Assert.All(Made.Templates.Concat(Made.Families), p => Assert.NotNull(p.Answer));
        Assert.Equal(Made.Unknown.Count / 2, Made.Unknown.Count(p => p.Answer is null));
        var trained = WordProblemTask.TrainedFamilies.Select(f => f.Name).ToHashSet();
        Assert.All(Made.Families, p => Assert.DoesNotContain(p.Family, trained));
        Assert.All(Made.Templates.Concat(Made.Unknown), p => Assert.Contains(p.Family, trained));
        // No question twice, within a set or between two.
        Assert.Equal(Made.Templates.Count + Made.Families.Count + Made.Unknown.Count + Made.Countdown.Count, Made.Questions.Count);
        Assert.Equal((1000, 300, 500, 300), (Made.Templates.Count, Made.Families.Count, Made.Unknown.Count, Made.Countdown.Count));
    }

    [Fact]
    public void Overlap_TrainingStream_HasNoHeldOutQuestionAndNoProblemOfTrainedTemplatesOnly()
    {
        var training = new WordProblemTask(Shipped.Data.TrainingSeed, excludedQuestions: Made.Questions).Problems(0, 3000);
        var report = OverlapReport.Of(Made, training, new CountdownTask(Shipped.Data.TrainingSeed, Made.Questions).Problems(0, 300));
        Assert.Equal(3000, report.TrainingProblems);
        Assert.All(report.Sets.Values, set => Assert.Equal((0, 0), (set.Questions, set.Templates)));
        Assert.Equal(0, report.CountdownQuestions);
        // Short solutions repeat, long ones hardly ever.
        Assert.InRange(report.Sets["templates"].EquationsByTier[1], 0.02, 0.9);
        Assert.InRange(report.Sets["templates"].EquationsByTier[5], 0, 0.02);
    }

    [Fact]
    public void Overlap_KnownProblems_AreCounted()
    {
        WordProblem heldOut = New("Emma has 3 apples. Emma finds 4 apples. How many apples does Emma have?", "3+4=7", "a"), other = New("How old is Tom after 9 years if he is 2?", "2+9=11", "b");
        var sets = new HeldOutSets([heldOut, other], [], [], [new("Use 1, 2 and 3 to make 6.", [1, 2, 3], 6, 2, "")]);
        var report = OverlapReport.Of(sets, [New("Liam has 8 pears. Liam finds 5 pears. How many pears does Liam have?", "3+4=7", "a")], [new("Make 6 from 3, 2 and 1.", [3, 2, 1], 6, 2, "")]);
        var set = report.Sets["templates"];
        // Names, things and numbers apart it is the first problem; by its equations as well; nothing of it is the second.
        Assert.Equal((0, 0.5, 0.5, 0.5), (set.Questions, set.Equations, set.Masked, set.Templates));
        Assert.InRange(set.MaskedNGrams, 0.4, 0.7);
        Assert.Equal((0, 1), (report.CountdownQuestions, report.CountdownNumbersAndTarget));
        Assert.Equal(0.5, OverlapReport.Of(sets, [heldOut], []).Sets["templates"].Questions);
    }

    [Fact]
    public void Overlap_Saved_IsReadableByPeopleAndPrograms()
    {
        using var folder = new TemporaryFolder();
        OverlapReport.Of(Made, new WordProblemTask(1).Problems(0, 50), []).Save(folder.Path);
        Assert.Contains("| templates | 1000 | 0.0 |", File.ReadAllText(folder.File("overlap.md")));
        using var json = JsonDocument.Parse(File.ReadAllText(folder.File("overlap.json")));
        Assert.Equal(1000, json.RootElement.GetProperty("sets").GetProperty("templates").GetProperty("problems").GetInt32());
    }

    private static WordProblem New(string question, string equation, string template) =>
        new("test", 1, question, [new("x", equation, int.Parse(equation.Split('=')[1]))], int.Parse(equation.Split('=')[1])) { Templates = [template] };
}
