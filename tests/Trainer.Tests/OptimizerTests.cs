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
        using var adamW = new AdamW(new Dictionary<string, Tensor> { ["w"] = ours }, new() { Beta1 = 0.9, Beta2 = 0.98, WeightDecay = 0.05 });
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

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1000, 600)]
    public void Clip_Gradients_HaveAtMostTheNormTogether(double bound, double expected)
    {
        using var scope = NewDisposeScope();
        Tensor a = zeros(2).requires_grad_(), b = zeros(2).requires_grad_(), unused = zeros(2).requires_grad_();
        ((a.sum() + b.sum()) * 300).backward();
        Assert.Equal(600, GradientClipping.Clip([a, b, unused], bound), 3);
        Assert.Equal(expected, Math.Sqrt(2) * a.grad!.norm().item<float>(), 3);
        Assert.True(allclose(a.grad!, b.grad!));
    }

    [Theory]
    [InlineData(12, 5)]
    [InlineData(5, 12)]
    [InlineData(8, 8)]
    public void Orthogonalize_AMatrix_KeepsItsDirectionsAndEvensItsSingularValues(int rows, int columns)
    {
        using var scope = NewDisposeScope();
        var matrix = randn(rows, columns, generator: new Generator(1)) * 7;
        var (u, s, vh) = linalg.svd(matrix, fullMatrices: false);
        var turned = u.t().matmul(Muon.Orthogonalize(matrix)).matmul(vh.t());
        // Directions whose singular value is far below the others' need more iterations than there are.
        var values = turned.diagonal()[s > 0.1 * s.max()];
        Assert.InRange(values.min().item<float>(), 0.6f, 1.3f);
        Assert.InRange(values.max().item<float>(), 0.6f, 1.3f);
        Assert.True((turned - turned.diagonal().diag()).abs().max().item<float>() < 0.05f);
    }

    [Fact]
    public void Step_Muon_MovesByTheNesterovDirectionAtAdamWsScale()
    {
        using var scope = NewDisposeScope();
        Tensor start = randn(6, 4, generator: new Generator(2)), gradient = randn(6, 4, generator: new Generator(3));
        var w = start.clone().requires_grad_();
        using var muon = new Muon(new Dictionary<string, Tensor> { ["w"] = w }, new() { Momentum = 0.9, WeightDecay = 0.5, UpdateScale = 0.2 });
        (w * gradient).sum().backward();
        muon.Step(1, 0.01);
        var expected = start * (1 - 0.01 * 0.5) - Muon.Orthogonalize(gradient) * (0.01 * 0.2 * Math.Sqrt(6));
        Assert.True(allclose(w, expected, atol: 1e-6));
        Assert.Equal(0, w.grad!.abs().sum().item<float>());
        Assert.True(allclose(muon.State.Single().Value, gradient));
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

    [Theory]
    [InlineData(10, 1)]
    [InlineData(100, 0.04)]
    [InlineData(101, 0.1)]
    [InlineData(110, 1)]
    [InlineData(165, 0.52)]
    [InlineData(200, 0.04)]
    [InlineData(201, 0.1)]
    [InlineData(265, 0.52)]
    [InlineData(300, 0.04)]
    public void LearningRate_WithRestarts_GoesThroughItsScheduleAgain(long step, double expected) =>
        Assert.Equal(expected, new LearningRateSchedule { Peak = 1, WarmUpSteps = 10, DecayFrom = 0.3, FinalShare = 0.04, RestartAfter = [100, 200] }.At(step, 300), 6);
}
