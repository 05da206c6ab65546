using InferenceServer.Modeling.Rewards;
using InferenceServer.Trainer.Models;
using InferenceServer.Trainer.Objectives;
using InferenceServer.Trainer.Rewards;
using InferenceServer.Trainer.Rollouts;
using InferenceServer.Trainer.Tasks;
using InferenceServer.Trainer.Training;
using static TorchSharp.torch;

namespace InferenceServer.Trainer.Tests;

public sealed class RewardTests
{
    private const int LineBreak = 2, End = 0;

    [Fact]
    public void Exact_WrongSecondStep_MarksItAndAllAfter()
    {
        var problem = new WordProblem("chain", 3, "?", [new("a", "1+2=3", 3), new("b", "3+4=7", 7), new("c", "7-1=6", 6)], 6);
        var labels = StepLabels.Exact(problem, Rollout([9, LineBreak, 9, 9, LineBreak, 9, LineBreak, 9, End], "a: 1+2=3\nb: 3+4=8\nc: 8-1=7\n#### 7"), LineBreak);
        Assert.Equal([1, 4, 6, 7], labels.Ends);
        Assert.Equal([1, 0, 0, 0], labels.Success);
        Assert.Equal([true, true, false, false], Enumerable.Range(0, 4).Select(labels.Open));
        Assert.False(labels.Solved);
    }

    [Fact]
    public void Exact_StepsRightAndAnswerWrong_MarksTheAnswerOnly()
    {
        var problem = new WordProblem("chain", 1, "?", [new("a", "1+2=3", 3)], 3);
        Assert.Equal([1, 0], StepLabels.Exact(problem, Rollout([9, LineBreak, 9, End], "a: 1+2=3\n#### 4"), LineBreak).Success);
        Assert.Equal([1, 1], StepLabels.Exact(problem, Rollout([9, LineBreak, 9, End], "a: 1+2=3\n#### 3"), LineBreak).Success);
    }

    [Theory]
    [InlineData("missing: how many there are\n#### unknown", 1)]
    [InlineData("missing: something else\n#### unknown", 1)]
    [InlineData("a: 1+2=3\n#### 3", 0)]
    public void Exact_NoAnswer_IsRightWhenItSaysSo(string text, double expected)
    {
        var problem = new WordProblem("chain", 1, "?", [], null) { Missing = "how many there are" };
        Assert.Equal([expected, expected], StepLabels.Exact(problem, Rollout([9, LineBreak, 9, End], text), LineBreak).Success);
    }

    [Fact]
    public void Exact_NothingWritten_HasNoSteps() =>
        Assert.Empty(StepLabels.Exact(new("chain", 1, "?", [new("a", "1+2=3", 3)], 3), Rollout([End], ""), LineBreak).Ends);

    [Fact]
    public void Exact_CutOffAtTheLimit_EndsAtItsLastTokenAndIsNotSolved()
    {
        var rollout = Rollout([9, LineBreak, 9, 9], "a: 1+2=3\n#### 3") with { Finished = false };
        var labels = StepLabels.Exact(new("chain", 1, "?", [new("a", "1+2=3", 3)], 3), rollout, LineBreak);
        Assert.Equal([1, 3], labels.Ends);
        Assert.False(labels.Solved);
    }

    [Theory]
    [InlineData(0.25, 4)]
    [InlineData(0.5, 5)]
    [InlineData(0.75, 6)]
    [InlineData(1, 7)]
    public void At_PartOfAStep_IsTheTokenThatCompletesIt(double part, int expected) =>
        Assert.Equal(expected, new StepLabels([2, 7], [1, 1]).At(1, part));

    [Fact]
    public void From_SamplesOfOneProblem_PairsStepsWithOpenPrefixesAtDifferentTexts()
    {
        using var scope = NewDisposeScope();
        // First: right. Second: right first step, wrong second that differs in its last token but one. Third: wrong first step. Sampled once, once and twice.
        var batch = RewardBatch.From([new([5, 6], [
            Sample([9, LineBreak, 7, 7, 7, 7], [1, 5], [1, 1], 1),
            Sample([9, LineBreak, 7, 7, 8, 7], [1, 5], [1, 0], 1),
            Sample([4, LineBreak, 7, 7, 7, 7], [1, 5], [0, 0], 2)])], padding: 1);
        // Positions 0-5, 6-11, 12-17. Step 0 at four parts (of two tokens: 0, 0, 1, 1), twice, weight 2; step 1 of the first two after 3/4 and at its end.
        Assert.Equal([4, 5, 0, 0, 1, 1, 6, 6, 7, 7], batch.Steps.Better.data<long>().ToArray());
        Assert.Equal([10, 11, 12, 12, 13, 13, 12, 12, 13, 13], batch.Steps.Worse.data<long>().ToArray());
        Assert.Equal([1, 1, 2, 2, 2, 2, 2, 2, 2, 2], batch.Steps.Weights.data<float>().ToArray());
        Assert.Equal(([5, 5], [11, 17], [1, 2]), (batch.Outcomes.Better.data<long>().ToArray(), batch.Outcomes.Worse.data<long>().ToArray(), batch.Outcomes.Weights.data<float>().ToArray()), Same);
        Assert.Equal([1, 1, 0, 0, 0, 0], batch.Labels.data<float>().ToArray()[6..12]);
        Assert.Equal([2, 2, 2, 2, 2, 2], batch.Weights.data<float>().ToArray()[12..]);
        Assert.Equal(2, batch.Positions[0].item<long>());
        // The solved sample alone is learned as language: each token from the position before it.
        Assert.Equal([1, 2, 3, 4, 5, 6], batch.TargetPositions.data<long>().ToArray());
        Assert.Equal([9, LineBreak, 7, 7, 7, 7], batch.Targets.data<long>().ToArray());

        static bool Same((long[], long[], float[]) a, (long[], long[], float[]) b) => a.Item1.SequenceEqual(b.Item1) && a.Item2.SequenceEqual(b.Item2) && a.Item3.SequenceEqual(b.Item3);
    }

    [Fact]
    public void From_SoftLabels_PairsOnlyWhatDiffersEnough()
    {
        using var scope = NewDisposeScope();
        RewardSample[] samples = [Sample([9, LineBreak], [1], [0.75], 1), Sample([8, LineBreak], [1], [0.625], 1), Sample([7, LineBreak], [1], [0.25], 1)];
        var batch = RewardBatch.From([new([5], samples)], padding: 1);
        Assert.Equal([0, 0, 1, 1, 2, 2, 3, 3], batch.Steps.Better.data<long>().ToArray());
        Assert.Equal([4, 4, 5, 5, 4, 4, 5, 5], batch.Steps.Worse.data<long>().ToArray());
    }

    [Fact]
    public void Of_EqualRollouts_BecomeOneSampleThatWeighsMore()
    {
        var labels = new StepLabels([1], [1]);
        Rollout a = Rollout([9, LineBreak, End], "a"), b = Rollout([8, LineBreak, End], "b");
        var group = RewardGroup.Of([5], [a, b, a], [labels, labels, labels], LineBreak);
        Assert.Equal([2, 1], group.Samples.Select(sample => sample.Weight));
        Assert.Equal([9, LineBreak], group.Samples[0].Tokens);
        Assert.Equal(2 * RewardFeatures.Count, group.Samples[0].Features.Length);
        // Surprisal 0.1 of the last token, and two tokens in its step.
        Assert.Equal(Math.Log(1 + 32 * 0.1), group.Samples[0].Features[RewardFeatures.Count], 5);
        Assert.Equal(Math.Log(3), group.Samples[0].Features[2 * RewardFeatures.Count - 1], 5);
    }

    [Fact]
    public void Loss_KnownScores_IsTheWorkedOutNumber()
    {
        using var scope = NewDisposeScope();
        var batch = RewardBatch.From([new([5], [Sample([9, LineBreak], [1], [1], 1), Sample([8, LineBreak], [1], [0], 3)])], padding: 1);
        var score = tensor((float[])[0.5f, 2f, 0.25f, -1f]);
        // Pairs (0.5 over 0.25) and (2 over -1), each twice with weight 3; outcome pair (2 over -1).
        double first = Math.Log(1 + Math.Exp(-0.25)), second = Math.Log(1 + Math.Exp(-3));
        double crossEntropy = (Softplus(-0.5) + Softplus(-2) + 3 * Softplus(0.25) + 3 * Softplus(-1)) / 8;
        Assert.Equal((first + second) / 2, WithinProblem.Loss(score, batch, new(0, 0)).item<float>(), 1e-5);
        Assert.Equal((first + second) / 2 + 0.5 * second + 0.1 * crossEntropy, WithinProblem.Loss(score, batch, new(0.5, 0.1)).item<float>(), 1e-5);

        static double Softplus(double x) => Math.Log(1 + Math.Exp(x));
    }

    [Fact]
    public void Loss_EasyAndHardProblem_CannotBeLoweredByTellingThemApart()
    {
        using var scope = NewDisposeScope();
        RewardGroup easy = new([5], [Sample([9, LineBreak], [1], [1], 9), Sample([8, LineBreak], [1], [0], 1)]), hard = new([6], [Sample([9, LineBreak], [1], [1], 1), Sample([8, LineBreak], [1], [0], 9)]);
        var batch = RewardBatch.From([easy, hard], padding: 1);
        var difficulty = tensor((float[])[3, 3, 3, 3, -3, -3, -3, -3]);
        var nothing = zeros(8);
        Assert.Equal(WithinProblem.Loss(nothing, batch, new(1, 0)).item<float>(), WithinProblem.Loss(difficulty, batch, new(1, 0)).item<float>(), 1e-6);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Run_StepValue_LowersTheLossAndLeavesTheTrunk(bool features)
    {
        var config = TinyModel.Config with { ValueHeadSize = 16, ValueFeatures = features ? new(LineBreak) : null };
        using var model = new TorchTransformer(config, new InitialWeights(config, 1));
        var before = TinyModel.Weights(model);
        List<double> losses = [];
        new TrainingLoop<RewardBatch>(model, new StepValue(new(new())), step => (Batch(step), 1),
            new() { Steps = 150, LearningRate = new() { Peak = 1e-2, WarmUpSteps = 5 } }, trained: name => name.StartsWith("value_head.", StringComparison.Ordinal)).Run(report => losses.Add(report.Loss));
        Assert.True(losses.TakeLast(10).Average() < 0.5 * losses.Take(10).Average(), $"{losses.Take(10).Average()} -> {losses.TakeLast(10).Average()}");
        foreach (var (name, values) in TinyModel.Weights(model))
            Assert.Equal(!name.StartsWith("value_head.", StringComparison.Ordinal), values.AsSpan().SequenceEqual(before[name]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Run_ProcessReward_LowersTheLossAndTrainsTheTrunk(bool features)
    {
        var config = TinyModel.Config with { ValueHeadSize = 16, ValueFeatures = features ? new(LineBreak) : null };
        using var model = new TorchTransformer(config, new InitialWeights(config, 1));
        var before = TinyModel.Weights(model);
        List<double> losses = [];
        new TrainingLoop<RewardBatch>(model, new ProcessReward(new(new())), step => (Batch(step), 1), new() { Steps = 80, LearningRate = new() { Peak = 3e-3, WarmUpSteps = 5 } }).Run(report => losses.Add(report.Loss));
        Assert.True(losses.TakeLast(10).Average() < 0.5 * losses.Take(10).Average(), $"{losses.Take(10).Average()} -> {losses.TakeLast(10).Average()}");
        Assert.All(TinyModel.Weights(model), w => Assert.False(w.Value.AsSpan().SequenceEqual(before[w.Key]), w.Key));
    }

    [Fact]
    public void FillHidden_FrozenTrunk_GivesTheSameLossAsComputingIt()
    {
        using var scope = NewDisposeScope();
        var config = TinyModel.Config with { ValueHeadSize = 16, ValueFeatures = new(LineBreak) };
        using var model = new TorchTransformer(config, new InitialWeights(config, 1));
        RewardGroup[] groups = [Group(10, 11), Group(12, 13)];
        var objective = new StepValue(new(new()));
        float computed = objective.Loss(model, RewardBatch.From(groups, 1)).item<float>();
        RewardValidation.FillHidden(model, groups, 1, null, default);
        var batch = RewardBatch.From(groups, 1);
        Assert.NotNull(batch.Hidden);
        Assert.Equal(computed, objective.Loss(model, batch).item<float>(), 2e-3f);
    }

    [Fact]
    public void ValueLogit_WrongInputs_SayWhatIsMissing()
    {
        using var plain = TinyModel.New();
        Assert.Contains("value_head_size", Assert.Throws<InvalidOperationException>(() => plain.ValueLogit(zeros(1, 32))).Message);
        var config = TinyModel.Config with { ValueHeadSize = 4, ValueFeatures = new(LineBreak) };
        using var model = new TorchTransformer(config, new InitialWeights(config, 1));
        Assert.Contains("features", Assert.Throws<InvalidOperationException>(() => model.ValueLogit(zeros(1, 32))).Message);
    }

    [Fact]
    public void Fit_ScoresOfAKnownLine_FindsTheLine()
    {
        (double, double, double)[] observations = [.. Enumerable.Range(-20, 41).Select(i => i * 0.2).Select(score => (score, 1 / (1 + Math.Exp(-(0.5 * score - 1))), 1.0))];
        var line = Calibration.Fit(observations);
        Assert.Equal(0.5, line.Slope, 3);
        Assert.Equal(-1, line.Offset, 3);
    }

    [Fact]
    public void Fit_ScoresThatFallWithSuccess_ChangesNothing() =>
        Assert.Equal(Calibration.None, Calibration.Fit([(1, 0, 1), (2, 0, 1), (-1, 1, 1), (-2, 1, 1), (0, 1, 1), (0.1, 0, 1)]));

    [Fact]
    public void Fold_ALine_ChangesTheValueAsTheLineSays()
    {
        using var scope = NewDisposeScope();
        var config = TinyModel.Config with { ValueHeadSize = 4 };
        var weights = new InitialWeights(config, 1);
        using var raw = new TorchTransformer(config, weights);
        using var folded = new TorchTransformer(config, new Calibration(0.5, -1).Fold(weights));
        var hidden = randn(3, 32);
        Assert.True(allclose(0.5 * raw.ValueLogit(hidden) - 1, folded.ValueLogit(hidden), atol: 1e-5));
    }

    // A step is right when it holds token 7, wrong when it holds 8.
    private static RewardBatch Batch(long step)
    {
        var random = new ProblemRandom(3, (ulong)step);
        return RewardBatch.From([.. Enumerable.Range(0, 2).Select(_ => Group(random.Between(10, 30), random.Between(10, 30)))], padding: 1);
    }

    private static RewardGroup Group(int prompt, int filler) => new([prompt, 5], [
        Sample([filler, 7, LineBreak, filler], [2, 3], [1, 1], 1), Sample([filler, 8, LineBreak, filler], [2, 3], [0, 0], 1)]);

    private static RewardSample Sample(int[] tokens, int[] ends, double[] success, int weight) =>
        new(tokens, new(ends, success), [.. Enumerable.Repeat(0.1f, tokens.Length * RewardFeatures.Count)], weight);

    private static Rollout Rollout(int[] tokens, string text) =>
        new(tokens, text, true, [.. tokens.Select(_ => -0.1f)], [.. tokens.Select(_ => 0.2f)], [.. tokens.Select(_ => 0.5f)]);
}
