using InferenceServer.Modeling;

namespace InferenceServer.Shared;

/// <summary>A decoder as plain loops in double precision: slow, short, and what every other execution of the model is compared with.</summary>
public sealed class ReferenceDecoder
{
    private readonly ModelConfig _config;
    private readonly Dictionary<string, float[]> _weights = [];

    public ReferenceDecoder(ModelConfig config, IWeights weights)
    {
        _config = config;
        foreach (TensorSpec tensor in ModelLayout.For(config).Tensors)
            weights.Read(tensor, _weights[tensor.Name] = new float[tensor.Elements]);
    }

    /// <summary>Logits [tokens, vocabulary] and values [tokens] of a whole sequence; values are NaN without a value head.</summary>
    public (double[][] Logits, double[] Values) Forward(ReadOnlySpan<int> tokens)
    {
        double[][] x = [.. tokens.ToArray().Select(Embed)];
        for (int l = 0; l < _config.Layers; l++)
        {
            var layer = new ModelLayout.Layer(l);
            double[][] attended = Attention([.. x.Select(h => Norm(h, layer.AttentionNorm))], layer);
            for (int t = 0; t < x.Length; t++)
            {
                x[t] = Sum(x[t], Linear(attended[t], layer.Output));
                x[t] = Sum(x[t], Mlp(Norm(x[t], layer.MlpNorm), layer));
            }
        }
        double[][] final = [.. x.Select(h => Norm(h, ModelLayout.FinalNorm))];
        string head = _config.TiedEmbeddings ? ModelLayout.Embedding : ModelLayout.OutputProjection;
        return ([.. final.Select(h => Linear(h, head))], [.. final.Select(Value)]);
    }

    private double[] Embed(int token) =>
        [.. _weights[ModelLayout.Embedding].Skip(token * _config.HiddenSize).Take(_config.HiddenSize).Select(w => (double)w)];

    /// <summary>Causal attention; query head h reads key/value head h / (heads / key-value heads).</summary>
    private double[][] Attention(double[][] x, ModelLayout.Layer layer)
    {
        double[][][] q = Project(layer.Query, layer.QueryBias, layer.QueryNorm, rotate: true);
        double[][][] k = Project(layer.Key, layer.KeyBias, layer.KeyNorm, rotate: true);
        double[][][] v = Project(layer.Value, layer.ValueBias, norm: null, rotate: false);
        int group = _config.Heads / _config.KeyValueHeads;
        double[][] output = new double[x.Length][];
        for (int t = 0; t < x.Length; t++)
        {
            output[t] = new double[_config.Heads * _config.HeadDim];
            for (int h = 0; h < _config.Heads; h++)
            {
                double[] scores = [.. Enumerable.Range(0, t + 1).Select(s => Dot(q[t][h], k[s][h / group]) / Math.Sqrt(_config.HeadDim))];
                double max = scores.Max(), sum = scores.Sum(s => Math.Exp(s - max));
                for (int s = 0; s <= t; s++)
                    for (int d = 0; d < _config.HeadDim; d++)
                        output[t][h * _config.HeadDim + d] += Math.Exp(scores[s] - max) / sum * v[s][h / group][d];
            }
        }
        return output;

        // [tokens][heads][head dim]
        double[][][] Project(string weight, string bias, string? norm, bool rotate) =>
        [
            .. x.Select((h, position) =>
            {
                double[] flat = Linear(h, weight);
                if (_config.QkvBias)
                    flat = Sum(flat, [.. _weights[bias].Select(b => (double)b)]);
                return flat.Chunk(_config.HeadDim)
                    .Select(head => norm is not null && _config.QkNorm ? Norm(head, norm) : head)
                    .Select(head => rotate ? Rotate(head, position) : head).ToArray();
            }),
        ];
    }

    /// <summary>Rotary positions: element i turns with element i + half.</summary>
    private double[] Rotate(double[] head, int position)
    {
        int half = head.Length / 2;
        double[] rotated = new double[head.Length];
        for (int i = 0; i < half; i++)
        {
            (double sin, double cos) = Math.SinCos(position * Math.Pow(_config.RopeTheta, -2.0 * i / head.Length));
            rotated[i] = head[i] * cos - head[i + half] * sin;
            rotated[i + half] = head[i + half] * cos + head[i] * sin;
        }
        return rotated;
    }

    private double[] Mlp(double[] x, ModelLayout.Layer layer)
    {
        double[] gate = Linear(x, layer.Gate), up = Linear(x, layer.Up);
        return Linear([.. gate.Select((g, i) => g * Sigmoid(g) * up[i])], layer.Down);
    }

    private double Value(double[] x)
    {
        if (_config.ValueHeadSize is null)
            return double.NaN;
        double[] hidden = [.. Linear(x, ModelLayout.ValueHidden).Select((h, i) => Math.Max(0, h + _weights[ModelLayout.ValueHiddenBias][i]))];
        return Sigmoid(Linear(hidden, ModelLayout.ValueOutput)[0] + _weights[ModelLayout.ValueOutputBias][0]);
    }

    private double[] Norm(double[] x, string name)
    {
        double scale = 1 / Math.Sqrt(x.Average(e => e * e) + _config.RmsNormEps);
        return [.. x.Select((e, i) => e * scale * _weights[name][i])];
    }

    private double[] Linear(double[] x, string name)
    {
        float[] weights = _weights[name];
        double[] output = new double[weights.Length / x.Length];
        for (int o = 0; o < output.Length; o++)
            for (int i = 0; i < x.Length; i++)
                output[o] += weights[o * x.Length + i] * x[i];
        return output;
    }

    private static double[] Sum(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x + y)];

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}
