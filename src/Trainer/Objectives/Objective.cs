using InferenceServer.Trainer.Models;
using TorchSharp;

namespace InferenceServer.Trainer.Objectives;

/// <summary>A training objective over batches of one type: what it reads is in the signature, what it minimises is <see cref="Loss"/>.</summary>
public interface IObjective<in TBatch>
{
    /// <summary>A scalar to minimise, in fp32.</summary>
    torch.Tensor Loss(TorchTransformer model, TBatch batch);
}

/// <summary>Base of objectives: the options record stands beside the algorithm in its file.</summary>
public abstract class Objective<TOptions, TBatch>(TOptions options) : IObjective<TBatch>
{
    protected TOptions Options { get; } = options;

    public abstract torch.Tensor Loss(TorchTransformer model, TBatch batch);
}
