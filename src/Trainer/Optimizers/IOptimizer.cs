using static TorchSharp.torch;

namespace InferenceServer.Trainer.Optimizers;

/// <summary>Moves named parameters by their gradients.</summary>
public interface IOptimizer : IDisposable
{
    /// <summary>What the next step depends on beside weights and gradients, by name: a checkpoint holds it.</summary>
    IEnumerable<KeyValuePair<string, Tensor>> State { get; }

    /// <summary>Takes the step and clears the gradients; a parameter without one stays.</summary>
    /// <param name="step">Number of this step, from 1.</param>
    void Step(long step, double learningRate);
}
