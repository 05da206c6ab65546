namespace InferenceServer.Modeling;

/// <summary>A source of named weights as 32-bit floats, whatever they are stored as.</summary>
public interface IWeights
{
    /// <summary>Copies the tensor, row-major, into <paramref name="destination"/>, whose length is the tensor's element count.</summary>
    /// <exception cref="ModelFormatException">No such tensor, or another shape than the layout's.</exception>
    void Read(TensorSpec tensor, Span<float> destination);
}
