using System.Globalization;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace InferenceServer.Modeling.Rewards;

/// <summary>
/// The part of a value head that stands behind the graph: value = sigmoid(o · relu(h + F x) + b), where h (W wide) is the graph's output <c>value_hidden</c> and x
/// are <see cref="RewardFeatures"/>. It cannot be inside: when several given tokens are scored in one pass, the features of each depend on the logits of the one
/// before. It costs about a thousand multiplications a token, and a row's value depends on nothing but the row. An instance owns scratch memory: one thread uses it.
/// </summary>
public sealed class FeatureValueHead
{
    private const string Prefix = "value_head.", StepTokenKey = Prefix + "step_token_id";

    private readonly float[] _features;   // [F, W]: a row for each feature
    private readonly float[] _output;
    private readonly float _bias;
    private readonly float[] _hidden;

    private FeatureValueHead(int stepToken, float[] features, float[] output, float bias)
    {
        (StepToken, _features, _output, _bias) = (stepToken, features, output, bias);
        _hidden = new float[output.Length];
    }

    /// <summary>Width of the hidden layer.</summary>
    public int Width => _output.Length;

    /// <summary>The token that ends a reasoning step.</summary>
    public int StepToken { get; }

    /// <summary>The head of a model's weights; null when its head takes no features.</summary>
    /// <exception cref="ModelFormatException">A weight is missing or misshapen.</exception>
    public static FeatureValueHead? Of(ModelConfig config, IWeights weights)
    {
        if (config is not { ValueHeadSize: int width, ValueFeatures: { } description })
            return null;
        float[] byUnit = Read(ModelLayout.ValueFeatures, width, RewardFeatures.Count), byFeature = new float[byUnit.Length];
        for (int unit = 0; unit < width; unit++)
            for (int feature = 0; feature < RewardFeatures.Count; feature++)
                byFeature[feature * width + unit] = byUnit[unit * RewardFeatures.Count + feature];
        return new(description.StepTokenId, byFeature, Read(ModelLayout.ValueOutput, 1, width), Read(ModelLayout.ValueOutputBias, 1)[0]);

        float[] Read(string name, params int[] shape)
        {
            var spec = new TensorSpec(name, shape);
            float[] values = new float[spec.Elements];
            weights.Read(spec, values);
            return values;
        }
    }

    /// <summary>The head as metadata of a graph, so that a model is whole without its other files.</summary>
    public IReadOnlyDictionary<string, string> ToMetadata() => new Dictionary<string, string>
    {
        [StepTokenKey] = StepToken.ToString(CultureInfo.InvariantCulture),
        [ModelLayout.ValueFeatures] = Encode(_features),
        [ModelLayout.ValueOutput] = Encode(_output),
        [ModelLayout.ValueOutputBias] = Encode([_bias]),
    };

    /// <exception cref="ModelFormatException">The graph's metadata does not hold the head, or holds another version's.</exception>
    public static FeatureValueHead FromMetadata(IReadOnlyDictionary<string, string> metadata, string source)
    {
        try
        {
            float[] features = Decode(metadata[ModelLayout.ValueFeatures]), output = Decode(metadata[ModelLayout.ValueOutput]);
            if (features.Length != output.Length * RewardFeatures.Count)
                throw new FormatException($"its features are not {RewardFeatures.Count}");
            return new(int.Parse(metadata[StepTokenKey], CultureInfo.InvariantCulture), features, output, Decode(metadata[ModelLayout.ValueOutputBias])[0]);
        }
        catch (Exception e) when (e is KeyNotFoundException or FormatException)
        {
            throw new ModelFormatException($"{source}: the graph's value head cannot be read from its metadata: {e.Message}. Export the model again.", e);
        }
    }

    /// <param name="hidden">The graph's <c>value_hidden</c> of the row [W].</param>
    /// <param name="features">The features after the row's token.</param>
    /// <returns>From 0 to 1.</returns>
    public float Value(ReadOnlySpan<float> hidden, ReadOnlySpan<float> features)
    {
        hidden.CopyTo(_hidden);
        for (int feature = 0; feature < RewardFeatures.Count; feature++)
            TensorPrimitives.MultiplyAdd(_features.AsSpan(feature * Width, Width), features[feature], _hidden, _hidden);
        TensorPrimitives.Max(_hidden, 0, _hidden);
        return 1 / (1 + MathF.Exp(-(TensorPrimitives.Dot<float>(_hidden, _output) + _bias)));
    }

    private static string Encode(ReadOnlySpan<float> values) => Convert.ToBase64String(MemoryMarshal.AsBytes(values));

    private static float[] Decode(string text) => MemoryMarshal.Cast<byte, float>(Convert.FromBase64String(text)).ToArray();
}
