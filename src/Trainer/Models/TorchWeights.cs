using InferenceServer.Modeling;
using static TorchSharp.torch;

namespace InferenceServer.Trainer.Models;

/// <summary>Named Torch tensors as a source of weights, for writing a file or a graph from them.</summary>
public sealed class TorchWeights(IReadOnlyDictionary<string, Tensor> tensors) : IWeights
{
    public void Read(TensorSpec tensor, Span<float> destination)
    {
        if (!tensors.TryGetValue(tensor.Name, out var values))
            throw new ModelFormatException($"The model in training has no weight '{tensor.Name}'.");
        using var detached = values.detach();
        using var contiguous = detached.contiguous();
        contiguous.data<float>().CopyTo(destination);
    }

    /// <summary>Copies a source's values into a tensor of that name.</summary>
    public static void Load(IWeights source, string name, Tensor destination)
    {
        float[] values = new float[destination.numel()];
        source.Read(new(name, [.. destination.shape.Select(dim => (int)dim)]), values);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        destination.copy_(tensor(values, destination.shape));
    }
}
