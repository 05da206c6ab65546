using InferenceServer.Modeling.Rewards;
using InferenceServer.Shared;

namespace InferenceServer.Modeling.Tests;

public sealed class RewardFeaturesTests
{
    private const int StepToken = 9;

    private static readonly ModelConfig WithFeatures = TestModel.Config with { ValueFeatures = new(StepToken) };

    [Fact]
    public void Write_TwoSteps_FollowsTheDefinition()
    {
        var features = new RewardFeatures();
        features.Add(1, TokenStatistics.Unknown, StepToken);
        Assert.Equal(new float[RewardFeatures.Count], Read(features));

        features.Add(5, new(-2f, 0.5f), StepToken);
        features.Add(StepToken, new(-0.5f, 0.25f), StepToken);
        Assert.Equal(Expected(last: 0.5, entropy: 0.25, stepMax: 2, stepMean: 1.25, max: 2, mean: 1.25, stepMaxEntropy: 0.5, stepTokens: 2), Read(features), Close);

        features.Add(6, new(-1f, 0.75f), StepToken);
        Assert.Equal(Expected(last: 1, entropy: 0.75, stepMax: 1, stepMean: 1, max: 2, mean: 3.5 / 3, stepMaxEntropy: 0.75, stepTokens: 1), Read(features), Close);

        // A token that the owner appended is a token of the step, but says nothing.
        features.Add(7, TokenStatistics.Unknown, StepToken);
        Assert.Equal(Expected(last: 0, entropy: 0, stepMax: 1, stepMean: 1, max: 2, mean: 3.5 / 3, stepMaxEntropy: 0.75, stepTokens: 1), Read(features), Close);
    }

    [Fact]
    public void Write_ImpossibleToken_IsFinite()
    {
        var features = new RewardFeatures();
        features.Add(5, new(float.NegativeInfinity, 0), StepToken);
        Assert.All(Read(features), x => Assert.True(float.IsFinite(x)));
    }

    [Fact]
    public void Value_OfKnownWeights_IsTheFormula()
    {
        var weights = new NoisyWeights(3);
        var head = FeatureValueHead.Of(WithFeatures, weights)!;
        float[] hidden = [.. Enumerable.Range(0, 16).Select(i => 0.3f * (i % 5 - 2))], x = [.. Enumerable.Range(0, RewardFeatures.Count).Select(i => 0.25f * i - 0.5f)];
        float[] w = Read(weights, ModelLayout.ValueFeatures, 16, RewardFeatures.Count), o = Read(weights, ModelLayout.ValueOutput, 1, 16);
        double score = Read(weights, ModelLayout.ValueOutputBias, 1)[0];
        for (int unit = 0; unit < 16; unit++)
            score += o[unit] * Math.Max(0, hidden[unit] + x.Select((f, i) => (double)f * w[unit * RewardFeatures.Count + i]).Sum());
        Assert.Equal(1 / (1 + Math.Exp(-score)), head.Value(hidden, x), 1e-5);
    }

    [Fact]
    public void FromMetadata_OfItsOwn_GivesTheSameHead()
    {
        var head = FeatureValueHead.Of(WithFeatures, new NoisyWeights(3))!;
        var read = FeatureValueHead.FromMetadata(head.ToMetadata(), "test");
        float[] hidden = [.. Enumerable.Range(0, 16).Select(i => 0.1f * i)], x = [.. Enumerable.Range(0, RewardFeatures.Count).Select(i => 0.2f * i)];
        Assert.Equal(head.Value(hidden, x), read.Value(hidden, x));
        Assert.Equal(StepToken, read.StepToken);
    }

    [Theory]
    [InlineData("value_head.output.weight", null)]
    [InlineData("value_head.output.weight", "AAAAAA==")]
    [InlineData("value_head.features.weight", "not base64")]
    public void FromMetadata_Damaged_SaysWhatToDo(string key, string? value)
    {
        var metadata = FeatureValueHead.Of(WithFeatures, new NoisyWeights(3))!.ToMetadata().ToDictionary();
        if (value is null)
            metadata.Remove(key);
        else
            metadata[key] = value;
        var error = Assert.Throws<ModelFormatException>(() => FeatureValueHead.FromMetadata(metadata, "model.onnx"));
        Assert.Contains("Export the model again", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_HeadWithoutFeatures_IsNull() => Assert.Null(FeatureValueHead.Of(TestModel.Config, new NoisyWeights(3)));

    [Fact]
    public void Load_ConfigWithFeatures_KeepsThem()
    {
        using var folder = new TemporaryFolder();
        WithFeatures.Save(folder.File("config.json"));
        Assert.Equal(new ValueFeatures(StepToken), ModelConfig.Load(folder.File("config.json")).ValueFeatures);
    }

    [Fact]
    public void Validate_FeaturesThatCannotBe_NamesTheField()
    {
        Assert.Contains("value_head_size", Message(WithFeatures with { ValueHeadSize = null }), StringComparison.Ordinal);
        Assert.Contains("step_token_id", Message(WithFeatures with { ValueFeatures = new(5000) }), StringComparison.Ordinal);
        Assert.Contains("value_head_features.count", Message(WithFeatures with { ValueFeatures = new(1) { Count = 3 } }), StringComparison.Ordinal);

        static string Message(ModelConfig config) => Assert.Throws<ModelFormatException>(config.Validate).Message;
    }

    private static bool Close(float a, float b) => Math.Abs(a - b) < 1e-5;

    private static float[] Expected(double last, double entropy, double stepMax, double stepMean, double max, double mean, double stepMaxEntropy, int stepTokens) =>
        [.. new[] { last, entropy, stepMax, stepMean, max, mean, stepMaxEntropy }.Select(x => (float)Math.Log(1 + 32 * x)), (float)Math.Log(1 + stepTokens)];

    private static float[] Read(RewardFeatures features)
    {
        float[] x = new float[RewardFeatures.Count];
        features.Write(x);
        return x;
    }

    private static float[] Read(NoisyWeights weights, string name, params int[] shape)
    {
        var spec = new TensorSpec(name, shape);
        float[] values = new float[spec.Elements];
        weights.Read(spec, values);
        return values;
    }
}
