using InferenceServer.Shared;
using InferenceServer.Trainer.Checkpoints;
using InferenceServer.Trainer.Models;
using InferenceServer.Trainer.Objectives;
using InferenceServer.Trainer.Training;
using TorchSharp;

namespace InferenceServer.Trainer.Tests;

public sealed class TrainingLoopTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(torch.ScalarType.Float32)]
    [InlineData(torch.ScalarType.BFloat16)]
    public void Run_TinyModel_LearnsItsSequences(torch.ScalarType precision)
    {
        using var model = TinyModel.New();
        model.Precision = precision;
        List<double> losses = [];
        TinyModel.Loop(model, 120).Run(report => losses.Add(report.Loss));
        // Chance is ln 32 = 3.47.
        Assert.InRange(losses[0], 3.2, 3.8);
        Assert.InRange(losses.TakeLast(10).Average(), 0, 1.0);
    }

    [Theory]
    [InlineData(torch.ScalarType.Float32, 7)]
    [InlineData(torch.ScalarType.BFloat16, 10)]
    public void Run_StoppedAndResumed_GivesTheSameWeightsBitForBit(torch.ScalarType precision, int stopAfter)
    {
        const int Steps = 20;
        using var straight = TinyModel.New();
        straight.Precision = precision;
        TinyModel.Loop(straight, Steps).Run();

        var checkpoint = new CheckpointFile(_folder.File("checkpoint.safetensors"), "test");
        using (var first = TinyModel.New())
        {
            first.Precision = precision;
            using var stop = new CancellationTokenSource();
            long done = TinyModel.Loop(first, Steps, checkpoint).Run(report => { if (report.Step == stopAfter) stop.Cancel(); }, stop.Token);
            Assert.Equal(stopAfter, done);
        }
        // Fresh objects that start from other weights: everything must come from the file.
        using var second = TinyModel.New(seed: 99);
        second.Precision = precision;
        List<long> steps = [];
        Assert.Equal(Steps, TinyModel.Loop(second, Steps, checkpoint).Run(report => steps.Add(report.Step)));
        Assert.Equal(Enumerable.Range(stopAfter + 1, Steps - stopAfter).Select(s => (long)s), steps);
        AssertSame(TinyModel.Weights(straight), TinyModel.Weights(second));
    }

    [Fact]
    public void Run_TwiceFromTheSameSeed_GivesTheSameWeightsAndAnotherSeedDoesNot()
    {
        using TorchTransformer a = TinyModel.New(), b = TinyModel.New(), c = TinyModel.New(seed: 2);
        foreach (var model in (TorchTransformer[])[a, b, c])
            TinyModel.Loop(model, 10).Run();
        AssertSame(TinyModel.Weights(a), TinyModel.Weights(b));
        Assert.NotEqual(TinyModel.Weights(a)["model.norm.weight"], TinyModel.Weights(c)["model.norm.weight"]);
    }

    [Fact]
    public void Run_FinishedRun_DoesNothingMore()
    {
        var checkpoint = new CheckpointFile(_folder.File("checkpoint.safetensors"), "test");
        using var model = TinyModel.New();
        TinyModel.Loop(model, 4, checkpoint).Run();
        Assert.Equal(4, TinyModel.Loop(model, 4, checkpoint).Run(_ => Assert.Fail("a step was done")));
    }

    [Fact]
    public void Run_CheckpointCannotBeWritten_SaysSoAndKeepsTheLastGoodOne()
    {
        string path = _folder.File("checkpoint.safetensors");
        var checkpoint = new CheckpointFile(path, "test");
        using var model = TinyModel.New();
        TinyModel.Loop(model, 3, checkpoint).Run();
        byte[] good = File.ReadAllBytes(path);
        // The name under which a file is written before it is whole, taken by a folder: fails like a full or protected disk, for root as well.
        Directory.CreateDirectory(path + ".unfinished");

        var e = Assert.Throws<CheckpointException>(() => TinyModel.Loop(model, 6, checkpoint).Run());
        Assert.Contains(path, e.Message);
        Assert.Contains("The previous checkpoint is intact", e.Message);
        Assert.Equal(good, File.ReadAllBytes(path));
        Assert.Equal(3, checkpoint.StepsDone());
    }

    [Fact]
    public void Run_CheckpointOfAnotherRecipe_IsRefused()
    {
        string path = _folder.File("checkpoint.safetensors");
        using var model = TinyModel.New();
        TinyModel.Loop(model, 2, new CheckpointFile(path, "one")).Run();
        Assert.Contains("belongs to another recipe", Assert.Throws<CheckpointException>(() => TinyModel.Loop(model, 2, new CheckpointFile(path, "two")).Run()).Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(1000)]
    [InlineData(-1)]
    public void Run_CheckpointCutOff_IsRefused(int bytes)
    {
        string path = _folder.File("checkpoint.safetensors");
        using var model = TinyModel.New();
        TinyModel.Loop(model, 2, new CheckpointFile(path, "test")).Run();
        byte[] whole = File.ReadAllBytes(path);
        File.WriteAllBytes(path, whole[..(bytes < 0 ? whole.Length + bytes : bytes)]);
        Assert.Contains(path, Assert.Throws<CheckpointException>(() => TinyModel.Loop(model, 3, new CheckpointFile(path, "test")).Run()).Message);
    }

    [Fact]
    public void Run_LossNotANumber_StopsWithAdvice()
    {
        using var model = TinyModel.New();
        var loop = new TrainingLoop<TokenBatch>(model, new Diverging(), _ => (TokenBatch.From([TinyModel.Sequence(0)], 1), 1), new() { Steps = 5 });
        Assert.Contains("Lower the learning rate", Assert.Throws<TrainingDivergedException>(() => loop.Run()).Message);
    }

    private sealed class Diverging : IObjective<TokenBatch>
    {
        public torch.Tensor Loss(TorchTransformer model, TokenBatch batch) => model.Hidden(batch.Ids).sum() * float.NaN;
    }

    private static void AssertSame(Dictionary<string, float[]> expected, Dictionary<string, float[]> actual)
    {
        foreach (var (name, values) in expected)
            Assert.True(values.AsSpan().SequenceEqual(actual[name]), name);
    }
}
