using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Tests;

public sealed partial class WordProblemTaskTests
{
    private const int Count = 6000;

    private static readonly Dictionary<Split, WordProblem[]> Samples =
        Enum.GetValues<Split>().ToDictionary(split => split, split => (WordProblem[])[.. new WordProblemTask(7, split).Problems(0, Count)]);

    public static TheoryData<Split> Splits => [.. Enum.GetValues<Split>()];

    [GeneratedRegex(@"\d+")]
    private static partial Regex Number();

    [Theory]
    [MemberData(nameof(Splits))]
    public void Problem_WorkedSolution_PassesBothJudges(Split split)
    {
        foreach (var problem in Samples[split])
        {
            Assert.Equal(new Verdict(true, null, null), StepVerifier.Check(problem.Solution));
            Assert.Equal(new Verdict(true, null, null), StepVerifier.Grade(problem, problem.Solution));
        }
    }

    [Theory]
    [MemberData(nameof(Splits))]
    public void Problem_Answer_IsTheLastStepAndNowhereInTheQuestion(Split split)
    {
        foreach (var problem in Samples[split].Where(p => p.Answer is not null))
        {
            Assert.Equal(problem.Answer, problem.Steps[^1].Value);
            Assert.DoesNotContain(problem.Answer!.Value, Numerals.In(problem.Question));
        }
    }

    [Theory]
    [MemberData(nameof(Splits))]
    public void Problem_EveryOperand_IsToldOrComputedBeforeOrCommonKnowledge(Split split)
    {
        // Twice and half, days of a week, inches, hours, minutes, centimeters.
        int[] common = [2, 7, 12, 24, 60, 100];
        foreach (var problem in Samples[split])
        {
            HashSet<int> known = [.. Numerals.In(problem.Question), .. common];
            foreach (var step in problem.Steps)
            {
                Assert.All(Numbers(step.Equation.Split('=', ':')[0]), number => Assert.Contains(number, known));
                known.Add(step.Value);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Splits))]
    public void Problem_Calculation_StaysSmallAndHasOneDigitFactorsOnly(Split split)
    {
        var steps = Samples[split].SelectMany(p => p.Steps).ToList();
        Assert.All(steps, step => Assert.InRange(step.Value, 1, ProblemDraft.Largest));
        Assert.InRange(steps.Count(step => step.Value > 200), 0, steps.Count / 10);
        foreach (Match product in steps.SelectMany(step => ProductPart().Matches(step.Equation)))
            Assert.True(product.Groups.Values.Skip(1).Any(factor => factor.Value.TrimEnd('0').Length <= 1), product.Value);
    }

    [GeneratedRegex(@"(\d+)\*(\d+)=")]
    private static partial Regex ProductPart();

    [Fact]
    public void Problem_TiersAndFamilies_AreAboutUniform()
    {
        foreach (var (split, sample) in Samples)
        {
            Assert.All(Enumerable.Range(1, WordProblemTask.Tiers), tier => Assert.InRange(sample.Count(p => p.Tier == tier), Count / 5 * 0.85, Count / 5 * 1.15));
            var families = split == Split.HeldOutFamilies ? WordProblemTask.HeldOutFamilies : WordProblemTask.TrainedFamilies;
            Assert.All(families, family => Assert.InRange(sample.Count(p => p.Family == family.Name), Count / families.Count * 0.85, Count / families.Count * 1.15));
        }
    }

    [Theory]
    [MemberData(nameof(Splits))]
    public void Problem_StepCount_FitsItsTier(Split split) =>
        Assert.All(Samples[split].Where(p => p.Answer is not null), p => Assert.InRange(p.Steps.Count, Difficulty.Of(p.Tier).FewestSteps, Difficulty.Of(p.Tier).MostSteps));

    [Theory]
    [MemberData(nameof(Splits))]
    public void Problem_Question_IsPlainEnglishOfModestLength(Split split)
    {
        foreach (var problem in Samples[split])
        {
            Assert.DoesNotMatch("[{}]|  | [,.?]", problem.Question);
            Assert.DoesNotMatch(@"\b[Aa] [aeiou]", problem.Question);
            Assert.Matches(@"[.?]$", problem.Question);
            Assert.All(Sentences().Matches(problem.Question), start => Assert.True(char.IsUpper(start.Value[^1]) || char.IsDigit(start.Value[^1]), problem.Question));
        }
        Assert.InRange(Samples[split].Average(p => p.Question.Length), 100, 360);
        Assert.InRange(Samples[split].Where(p => p.Tier >= 4).Average(p => p.Question.Length), 100, 520);
        Assert.InRange(Samples[split].Max(p => p.Solution.Length), 50, 400);
    }

    [GeneratedRegex(@"(?:^|[.?] )\S")]
    private static partial Regex Sentences();

    [Fact]
    public void Problem_HarderTiers_HaveSentencesThatDoNotMatter()
    {
        // A sentence that does not matter has a number that no step uses, or none; the shared kinds are counted, a family's own come on top.
        int[] shared = [.. Enumerable.Range(1, WordProblemTask.Tiers).Select(tier => Samples[Split.HeldOutTemplates].Where(p => p.Tier == tier).Sum(p => p.Templates.Count(id => id.StartsWith("extra.", StringComparison.Ordinal))))];
        int problems = Count / WordProblemTask.Tiers;
        Assert.InRange(shared[0], 1, problems / 4);
        Assert.InRange(shared[2], problems / 2, 2 * problems);
        Assert.InRange(shared[4], problems, 4 * problems);
    }

    [Fact]
    public void Problem_SameSeedAndIndex_GivesTheSameProblemInAnyOrder()
    {
        var task = new WordProblemTask(7);
        Assert.Equal(Samples[Split.Training][1234].Question, task.Problem(1234).Question);
        Assert.Equal(Samples[Split.Training][5].Solution, task.Problem(5).Solution);
    }

    [Fact]
    public void Problem_AnotherSeed_GivesOtherProblems()
    {
        var seen = Samples[Split.Training].Select(p => p.Question).ToHashSet();
        Assert.InRange(new WordProblemTask(8).Problems(0, 3000).Count(p => seen.Contains(p.Question)), 0, 3);
    }

    [Fact]
    public void Problem_ExcludedQuestions_NeverOccur()
    {
        // Excluding what the stream itself would give is the hardest case: each of them must be replaced.
        var excluded = Samples[Split.Training].Select(p => p.Question).ToHashSet();
        Assert.DoesNotContain(new WordProblemTask(7, Split.Training, excluded).Problems(0, 500), p => excluded.Contains(p.Question));
    }

    [Fact]
    public void Problem_SavedAndLoaded_IsTheSame()
    {
        foreach (var problem in Samples[Split.Training].Take(200))
        {
            var loaded = JsonSerializer.Deserialize<WordProblem>(JsonSerializer.Serialize(problem))!;
            Assert.Equal((problem.Question, problem.Solution, problem.Tier, problem.Hint, problem.Missing), (loaded.Question, loaded.Solution, loaded.Tier, loaded.Hint, loaded.Missing));
            Assert.Equal(problem.Templates, loaded.Templates);
        }
    }

    [Fact]
    public void Hints_OfAnswerableProblems_AreFewAndSaidInOneWay()
    {
        var hints = Samples[Split.HeldOutTemplates].GroupBy(p => p.Hint).ToList();
        Assert.DoesNotContain(hints, group => group.Key is null);
        Assert.InRange(hints.Count, 10, 30);
        Assert.All(hints, group => Assert.DoesNotMatch(@"\d|[A-Z{}.]", group.Key!));
    }

    private static IEnumerable<int> Numbers(string text) => Number().Matches(text).Select(m => int.Parse(m.Value, CultureInfo.InvariantCulture));
}
