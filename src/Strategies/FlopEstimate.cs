namespace InferenceServer.Strategies;

/// <summary>
/// The usual estimate: two operations a weight and token, and attention's part that grows with the context. Embedding look-ups count as weights, softmax and
/// norms count nothing.
/// </summary>
/// <param name="Parameters">Weights.</param>
/// <param name="Layers">Layers.</param>
/// <param name="HiddenSize">Width.</param>
public readonly record struct FlopEstimate(long Parameters, int Layers, int HiddenSize)
{
    public static FlopEstimate Of(ILanguageModel model) => new(model.Size.Parameters, model.Size.Layers, model.Size.HiddenSize);

    /// <summary>One token after <paramref name="context"/> others: 2P + 4Ldc.</summary>
    public double Decode(int context) => 2.0 * Parameters + 4.0 * Layers * HiddenSize * context;

    /// <summary>Tokens [<paramref name="from"/>, <paramref name="to"/>) of a prompt; from the beginning that is 2Pn + 2Ldn².</summary>
    public double Prefill(int from, int to) => 2.0 * Parameters * (to - from) + 2.0 * Layers * HiddenSize * ((double)to * to - (double)from * from);
}
