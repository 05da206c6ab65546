using InferenceServer.Modeling;
using InferenceServer.Trainer.Evaluating;
using InferenceServer.Trainer.Models;
using InferenceServer.Trainer.Objectives;
using InferenceServer.Trainer.Rollouts;
using InferenceServer.Trainer.Tasks;
using InferenceServer.Trainer.Training;

namespace InferenceServer.Trainer.Tests;

public sealed class ValueHeadTests
{
    private const int LineBreak = 2, End = 0;

    [Fact]
    public void StepLabels_WrongSecondStep_MarksItAndAllAfter()
    {
        var problem = new WordProblem("chain", 1, "?", [new("a", "1+2=3", 3), new("b", "3+4=7", 7), new("c", "7-1=6", 6)], 6);
        var labels = StepLabels.Of(problem, Rollout([9, LineBreak, 9, 9, LineBreak, 9, LineBreak, 9, End], "a: 1+2=3\nb: 3+4=8\nc: 8-1=7\n#### 7"), LineBreak);
        Assert.Equal([1, 4, 6, 7], labels.Ends);
        Assert.Equal([true, false, false, false], labels.Correct);
    }

    [Fact]
    public void StepLabels_StepsRightAndAnswerWrong_MarksTheAnswerOnly()
    {
        var problem = new WordProblem("chain", 1, "?", [new("a", "1+2=3", 3)], 3);
        Assert.Equal([true, false], StepLabels.Of(problem, Rollout([9, LineBreak, 9, End], "a: 1+2=3\n#### 4"), LineBreak).Correct);
        Assert.Equal([true, true], StepLabels.Of(problem, Rollout([9, LineBreak, 9, End], "a: 1+2=3\n#### 3"), LineBreak).Correct);
    }

    [Fact]
    public void StepLabels_NothingWritten_HasNoSteps() =>
        Assert.Empty(StepLabels.Of(new("chain", 1, "?", [new("a", "1+2=3", 3)], 3), Rollout([End], ""), LineBreak).Ends);

    [Fact]
    public void StepLabels_CutOffAtTheLimit_EndsAtItsLastToken()
    {
        var rollout = Rollout([9, LineBreak, 9, 9], "a: 1+2=3\nb: 3") with { Finished = false };
        Assert.Equal([1, 3], StepLabels.Of(new("chain", 1, "?", [new("a", "1+2=3", 3), new("b", "3+4=7", 7)], 7), rollout, LineBreak).Ends);
    }

    [Fact]
    public void StepValueBatch_Pairs_AreOfOneStepOfOneProblemWithRightPrefixes()
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        var rollout = Rollout([9, LineBreak, 9, End], "");
        StepLabels right = new([1, 2], [true, true]), late = new([1, 2], [true, false]), early = new([1, 2], [false, false]);
        var batch = StepValueBatch.From([([5, 6], [(rollout, right), (rollout, late), (rollout, early)])], padding: 1, endWeight: 4);
        // Positions 0-2 are the first sample's, 3-5 the second's, 6-8 the third's: step 0 pairs 1 and 4 with 7, step 1 pairs 2 with 5 (8 has a wrong prefix).
        Assert.Equal([1, 4, 2], batch.Right.data<long>().ToArray());
        Assert.Equal([7, 7, 5], batch.Wrong.data<long>().ToArray());
        Assert.Equal([1, 1, 1, 1, 1, 0, 0, 0, 0], batch.Labels.data<float>().ToArray());
        Assert.Equal([1, 4, 4], batch.Weights.data<float>().ToArray()[..3]);
        Assert.Equal(2, batch.Positions[0].item<long>());
    }

    [Fact]
    public void Run_StepValue_LowersTheLossAndLeavesTheTrunk()
    {
        var config = TinyModel.Config with { ValueHeadSize = 16 };
        using var model = new TorchTransformer(config, new InitialWeights(config, 1));
        var before = TinyModel.Weights(model);
        List<double> losses = [];
        new TrainingLoop<StepValueBatch>(model, new StepValue(new()), step => (Batch(step), 1),
            new() { Steps = 150, LearningRate = new() { Peak = 1e-2, WarmUpSteps = 5 } }, trained: name => name.StartsWith("value_head.", StringComparison.Ordinal)).Run(report => losses.Add(report.Loss));
        Assert.True(losses.TakeLast(10).Average() < 0.5 * losses.Take(10).Average(), $"{losses.Take(10).Average()} -> {losses.TakeLast(10).Average()}");
        foreach (var (name, values) in TinyModel.Weights(model))
            Assert.Equal(!name.StartsWith("value_head.", StringComparison.Ordinal), values.AsSpan().SequenceEqual(before[name]));

        // A step is right when it holds token 7, wrong when it holds 8.
        static StepValueBatch Batch(long step)
        {
            var random = new ProblemRandom(3, (ulong)step);
            return StepValueBatch.From([.. Enumerable.Range(0, 2).Select(_ =>
            {
                int filler = random.Between(10, 30);
                return ((int[])[random.Between(10, 30), 5], (IReadOnlyList<(Rollout, StepLabels)>)[
                    (Rollout([filler, 7, LineBreak, filler, End], ""), new StepLabels([2, 3], [true, true])),
                    (Rollout([filler, 8, LineBreak, filler, End], ""), new StepLabels([2, 3], [false, false]))]);
            })], padding: 1, endWeight: 2);
        }
    }

    [Fact]
    public void ValueLogit_ModelWithoutHead_SaysWhatIsMissing()
    {
        using var model = TinyModel.New();
        Assert.Contains("value_head_size", Assert.Throws<InvalidOperationException>(() => model.ValueLogit(TorchSharp.torch.zeros(1, 32))).Message);
    }

    [Fact]
    public void StepRanking_OnlyPairsWithinAProblem_Count()
    {
        var problem = new WordProblem("chain", 1, "?", [new("a", "1+2=3", 3)], 3);
        // Scores order the samples of each problem the wrong way round, though problem two scores lower on the whole.
        RolloutGroup[] groups =
        [
            new(problem, [Rollout([9, LineBreak, 9, End], "a: 1+2=3\n#### 3", value: 0.8f), Rollout([9, LineBreak, 9, End], "a: 1+2=4\n#### 4", value: 0.9f)]),
            new(problem, [Rollout([9, LineBreak, 9, End], "a: 1+2=3\n#### 3", value: 0.2f), Rollout([9, LineBreak, 9, End], "a: 1+2=4\n#### 4", value: 0.1f)]),
        ];
        Assert.Equal((0.5, 2), StepRanking.Within(groups, LineBreak, StepRanking.Value));
    }

    private static Rollout Rollout(int[] tokens, string text, float value = 0.5f) =>
        new(tokens, text, true, [.. tokens.Select(_ => -0.1f)], [.. tokens.Select(_ => value)]);
}
