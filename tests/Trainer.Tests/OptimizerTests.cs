using InferenceServer.Trainer.Optimizers;
using InferenceServer.Trainer.Training;
using static TorchSharp.torch;

namespace InferenceServer.Trainer.Tests;

public sealed class OptimizerTests
{
    [Fact]
    public void Step_SameGradients_EqualsTorchsAdamW()
    {
        using var scope = NewDisposeScope();
        var start = randn(5, 3, generator: new Generator(1));
        var ours = start.clone().requires_grad_();
        var theirs = new TorchSharp.Modules.Parameter(start.clone());
        using var adamW = new AdamW(new Dictionary<string, Tensor> { ["w"] = ours }, new() { Beta1 = 0.9, Beta2 = 0.98, WeightDecay = 0.05, ClipNorm = 1e9 });
        using var torchs = optim.AdamW([theirs], lr: 0.01, beta1: 0.9, beta2: 0.98, eps: 1e-8, weight_decay: 0.05);
        for (int step = 1; step <= 10; step++)
        {
            (ours * ours * step).sum().backward();
            torchs.zero_grad();
            (theirs * theirs * step).sum().backward();
            adamW.Step(step, 0.01);
            torchs.step();
        }
        Assert.True(allclose(ours, theirs, rtol: 1e-5, atol: 1e-6), (ours - theirs).abs().max().item<float>().ToString());
        Assert.False(allclose(ours, start));
    }

    [Fact]
    public void Step_LargeGradient_IsClippedToTheNorm()
    {
        using var scope = NewDisposeScope();
        var w = zeros(4).requires_grad_();
        using var adamW = new AdamW(new Dictionary<string, Tensor> { ["w"] = w }, new() { ClipNorm = 1 });
        (w * 300).sum().backward();
        Assert.Equal(600, adamW.Step(1, 0), 3);
        // (1 - beta1) of a gradient of norm 1.
        Assert.Equal(0.1, adamW.FirstMoments["w"].norm().item<float>(), 5);
    }

    [Fact]
    public void Step_Vectors_DoNotDecay()
    {
        using var scope = NewDisposeScope();
        Tensor vector = ones(4).requires_grad_(), matrix = ones(2, 2).requires_grad_();
        using var adamW = new AdamW(new Dictionary<string, Tensor> { ["v"] = vector, ["m"] = matrix }, new() { WeightDecay = 0.5 });
        ((vector.sum() + matrix.sum()) * 0).backward();
        adamW.Step(1, 0.1);
        Assert.Equal(1f, vector[0].item<float>());
        Assert.Equal(0.95f, matrix[0, 0].item<float>(), 6);
    }

    [Theory]
    [InlineData(1, 0.1)]
    [InlineData(10, 1)]
    [InlineData(30, 1)]
    [InlineData(65, 0.52)]
    [InlineData(100, 0.04)]
    public void LearningRate_WarmUpConstantCosine(long step, double expected) =>
        Assert.Equal(expected, new LearningRateSchedule { Peak = 1, WarmUpSteps = 10, DecayFrom = 0.3, FinalShare = 0.04 }.At(step, 100), 6);
}
