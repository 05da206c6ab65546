using InferenceServer.Shared;
using InferenceServer.Trainer.Effects;
using InferenceServer.Trainer.Formats;
using InferenceServer.Trainer.Statistics;
using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Tests;

public sealed class EffectReportTests
{
    private const string Right = "a: 1+2=3\nb: 3*2=6\n#### 6", Wrong = "a: 1+2=3\nb: 3+2=5\n#### 5";

    private static readonly WordProblem Easy = new("test", 1, "Easy?", [new("a", "1+2=3", 3), new("b", "3*2=6", 6)], 6) { Hint = "Add first." };
    private static readonly WordProblem Hard = Easy with { Tier = 2, Question = "Hard?" };

    private static Trial Trial(string arm, params string[] texts) => new(arm, "", 10, [.. texts.Select(text => new Completion(text, true, text.Length))]);

    [Fact]
    public void Of_TwoArms_PairsTheProblemsOfBoth()
    {
        // The hint suits the hard problem only, and there it lifts accuracy from 0 to 1/2.
        var arms = ArmReport.Of([Easy, Hard], [[Trial("none", Right, Right)], [Trial("none", Wrong, Wrong), Trial("hint", Right, Wrong + "0")]], [("none", null), ("hint", "none"), ("never", "none")]);
        Assert.Equal(["none", "hint"], arms.Select(arm => arm.Name));
        Assert.Equal((2, 0.5), (arms[0].Problems, arms[0].Accuracy.Estimate));
        Assert.Equal([(1, 1.0), (2, 0.0)], arms[0].Tiers.Select(tier => (tier.Key, tier.Value.Estimate)));
        Assert.Null(arms[0].AccuracyDifference);
        Assert.Equal((1, 0.5), (arms[1].Problems, arms[1].AccuracyDifference!.Value.Estimate));
        Assert.Equal((Right.Length + Wrong.Length + 1) / 2.0 - Wrong.Length, arms[1].TokensDifference!.Value.Estimate);
    }

    [Fact]
    public void IsRight_CutOffAtTheLimit_IsWrong()
    {
        var trial = new Trial("x", "a: 1+2=3\n", 1, [new("b: 3*2=6\n#### 6", false, 9), new("b: 3*2=6\n#### 6", true, 9)]);
        Assert.Equal(0.5, trial.Accuracy(Easy));
        Assert.Equal(Right, trial.Whole(trial.Completions[0]));
    }

    [Fact]
    public void Direct_Votes_AreCountedOnceAProblem()
    {
        var report = new DirectEffect("direct", "x", [Easy, Hard]).Report([[Trial("direct", Right, Wrong, Right)], [Trial("direct", Wrong, Right, "Check: step 1 is wrong.\n" + Wrong)]]);
        Assert.Equal(0.5, Value(report, "the samples' majority right"));
        Assert.Equal(1, Value(report, "at least one of the samples right"));
        Assert.Equal(1 / 6.0, Value(report, "a step taken back"), 9);
    }

    [Fact]
    public void Rate_ProblemsThatItIsNotAbout_DoNotCount()
    {
        Assert.Equal((0.5, 2), (Rate.Of("x", [1, null, 0]).Value.Estimate, Rate.Of("x", [1, null, 0]).Count));
        Assert.Equal(0.75, Rate.Ratio("x", [(0.5, 1), null, (1, 1)]).Value.Estimate);
        Assert.True(double.IsNaN(Rate.Of("x", [null]).Value.Estimate));
        Assert.True(double.IsNaN(Rate.Ratio("x", [(0, 0)]).Value.Estimate));
    }

    [Fact]
    public void Feedback_FreshSamples_AreTheDirectOnesButTheFirst()
    {
        var effect = new FeedbackEffect([Easy, Hard], [Trial("direct", Wrong, Right, Wrong), Trial("direct", Right, Right, Wrong)], 1);
        var report = effect.Report([[Trial("the answer called wrong", Right, Wrong)], [Trial("a right answer called wrong", Wrong, Wrong)]]);
        var arms = report.Arms.ToDictionary(arm => arm.Name);
        Assert.Equal(0.5, arms["fresh sample, first one wrong"].Accuracy.Estimate);
        Assert.Equal(0, arms["the answer called wrong"].AccuracyDifference!.Value.Estimate);
        Assert.Equal(-0.5, arms["a right answer called wrong"].AccuracyDifference!.Value.Estimate);
        Assert.Equal(0.5, Value(report, "fix rate, the answer called wrong"));
        Assert.Equal(1, Value(report, "spoil rate, a right answer called wrong"));
        Assert.Equal(0.5, Value(report, "the same wrong answer again, the answer called wrong"));
        Assert.Equal(0.5, Value(report, "the same wrong answer again, fresh sample"));
    }

    [Fact]
    public void Recovery_StepNamed_IsTheOneThatWasFlawed()
    {
        // The flaw that is planted is the effect's own: read it off the forced beginning's number of lines by trying both answers.
        var effect = new RecoveryEffect([Easy], [Trial("direct", Right)], 1);
        string[] named = ["Check: step 1 is wrong.\n", "Check: step 2 is wrong.\n"];
        var report = effect.Report([[Trial("calculation flaw", [.. named.Select(line => line + Right), Wrong, Wrong]), Trial("calculation flaw, its right beginning", Right, Right, Right, named[0] + Right)]]);
        Assert.Equal(0.25, Value(report, "calculation flaw: the next line names the flawed step"));
        Assert.Equal(0.5, Value(report, "calculation flaw: the next line takes some step back"));
        Assert.Equal(0.25, Value(report, "calculation flaw: the next line takes a step back though all are right"));
        Assert.Equal(0.5, Value(report, "recovery from a calculation flaw: accuracy after it over accuracy after a right beginning"));
        Assert.Equal(-0.5, report.Arms.Single(arm => arm.Name == "calculation flaw").AccuracyDifference!.Value.Estimate);
        Assert.Equal(0, report.Rates.Single(rate => rate.Name == "reasoning flaw: the next line takes some step back").Count);
    }

    [Fact]
    public void Unknown_VoteAndGreedy_AreCountedByKind()
    {
        const string Unknown = "missing: x\n#### unknown";
        WordProblem vague = new("test", 1, "Vague?", [], null) { Missing = "x", Why = UnanswerableKind.VagueNumber }, other = vague with { Question = "Other?", Why = UnanswerableKind.Contradiction, Missing = "y" };
        var report = new UnknownEffect([vague, Easy, other]).Report(
        [
            [Trial("greedy", Unknown), Trial("sampled", Unknown, Right, Unknown)],
            [Trial("greedy", Unknown), Trial("sampled", Right, Unknown, Right)],
            [Trial("greedy", Unknown), Trial("sampled", Right, Unknown)],
        ]);
        Assert.Equal(1, Value(report, "recognised, greedy"));
        Assert.Equal(1, Value(report, "false alarms, greedy"));
        Assert.Equal(0.5, Value(report, "recognised, vote of 8"));
        Assert.Equal(1, Value(report, "recognised, vote of 8, a number is vague"));
        Assert.Equal(0, Value(report, "recognised, vote of 8, a fact is contradicted"));
        Assert.Equal(0, Value(report, "false alarms, vote of 8"));
        Assert.Equal(0.5, Value(report, "what is missing named, of the recognised, greedy"));
    }

    [Fact]
    public void Countdown_Rewards_AreThoseOfTheVerifier()
    {
        var problem = new CountdownProblem("Use 3, 7, 25 and 4 to make 28.", [3, 7, 25, 4], 28, 1, "4*7=28\n#### 28");
        var report = new CountdownEffect([problem]).Report([[Trial("direct", "4*7=28\n#### 28", "25+7=32\n32-4=28\n#### 28", "25+7=33\n#### 33", "25+7=32\n#### 28")]]);
        Assert.Equal(0.5, Value(report, "target reached"));
        Assert.Equal(0.375, Value(report, "reward"));
        Assert.Equal(0.75, Value(report, "reward of those that reach the target"));
        Assert.Equal(1, Value(report, "problems whose samples reach the target with different rewards"));
    }

    [Fact]
    public void Echo_Beginnings_AreSplitByWhetherTheyAreRight()
    {
        Trial[] Halves(string begun) => [Trial("restated first", "Question: Easy?\n" + Right), new("not restated midway", begun, 5, [new("#### 6", true, 3)]), new("restated midway", begun + "Question:", 5, [new(" Easy?\n#### 5", true, 5)])];
        var report = new EchoEffect([Easy, Easy], [Trial("direct", Right), Trial("direct", Wrong)]).Report([Halves("a: 1+2=3\n"), Halves("a: 1+2=4\n")]);
        var arms = report.Arms.ToDictionary(arm => arm.Name);
        Assert.Equal(0.5, arms["restated first"].AccuracyDifference!.Value.Estimate);
        Assert.Equal((2, -1.0), (arms["restated midway"].Problems, arms["restated midway"].AccuracyDifference!.Value.Estimate));
        Assert.Equal((1, 1), (arms["restated midway, right so far"].Problems, arms["restated midway, wrong so far"].Problems));
        Assert.Equal(1, Value(report, "restated midway, word for word"));
    }

    [Fact]
    public void Preview_Checks_AreCountedAndTried()
    {
        string text = PreviewFormat.Of(Easy)!.Target;
        var report = new PreviewEffect([Easy], [Trial("direct", Wrong)]).Report([[Trial("preview and check", text, text.Replace(" holds.", " fails."), text.Replace("Need: a, b.", "Need: b."), Right)]]);
        Assert.Equal(1, report.Arms[1].AccuracyDifference!.Value.Estimate);
        Assert.Equal(0.5, Value(report, "needs as in the plan"));
        Assert.Equal(0.75, Value(report, "an equation checked"));
        Assert.Equal(0.5, Value(report, "every checked equation holds"));
    }

    [Fact]
    public void Report_SavedAndLoaded_GivesTheSameTables()
    {
        using var folder = new TemporaryFolder();
        var report = new EffectsReport("models/x", 4, 0.8,
        [
            new("hint", "Hints.", [new("direct", 3, new(0.25, 0.5, 0.75), new(70, 80, 90), 100, null, null, null, new Dictionary<int, Interval> { [1] = new(0.8, 0.9, 1), [2] = new(0, 0.1, 0.2) }),
                new("the right hint", 3, new(0.5, 0.75, 1), new(50, 60, 70), 110, "direct", new(0.125, 0.25, 0.375), new(-30, -20, -10), new Dictionary<int, Interval> { [2] = new(0.5, 0.75, 1) })],
                [new("never", new(double.NaN, double.NaN, double.NaN), 0, true), new("ratio", new(0.4, 0.5, 0.6), 3, false)]) { Tokens = 1234, PromptTokens = 99 },
        ]);
        report.Save(folder.File("effects.json"));
        string markdown = EffectsReport.Load(folder.File("effects.json")).Markdown();
        Assert.Equal(report.Markdown(), markdown);
        Assert.Contains("the model wrote 1,234 tokens and read 99", markdown);
        Assert.Contains("### Hint\n", markdown);
        Assert.Contains("| direct | 3 | 50.0 (25.0 to 75.0) | 90 / 10 | 80.0 |  |  |  |", markdown);
        Assert.Contains("| the right hint | 3 | 75.0 (50.0 to 100.0) | - / 75 | 60.0 | direct | +25.0 (+12.5 to +37.5) | -20.0 (-30.0 to -10.0) |", markdown);
        Assert.Contains("| never | 0 | none |", markdown);
        Assert.Contains("| ratio | 3 | 0.50 (0.40 to 0.60) |", markdown);
    }

    private static double Value(EffectReport report, string rate) => report.Rates.Single(r => r.Name == rate).Value.Estimate;
}
