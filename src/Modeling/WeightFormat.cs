namespace InferenceServer.Modeling;

/// <summary>How a graph stores its weights. Activations follow: fp16 graphs compute and keep KV in half precision, the others in single.</summary>
public enum WeightFormat
{
    /// <summary>32-bit floats.</summary>
    Fp32,

    /// <summary>16-bit floats, KV included; what CUDA's attention kernel needs.</summary>
    Fp16,

    /// <summary>MatMulNBits with 8 bits in blocks of 32, int8 activations; embedding, norms and KV stay fp32.</summary>
    Int8,

    /// <summary>MatMulNBits with 4 bits in blocks of 32, int8 activations; embedding, norms and KV stay fp32.</summary>
    Int4,
}
