using InferenceServer.Shared;

namespace InferenceServer.Modeling.Tests;

public sealed class ModelConfigTests : IDisposable
{
    private const string Minimal = """
        "vocab_size": 100, "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 4, "max_position_embeddings": 128
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void SaveThenLoad_GivesTheSameConfig()
    {
        TestModel.Config.Save(_folder.File("config.json"));
        var loaded = ModelConfig.Load(_folder.File("config.json"));
        Assert.Equal(TestModel.Config.EosTokenIds, loaded.EosTokenIds);
        Assert.Equal(TestModel.Config with { EosTokenIds = [] }, loaded with { EosTokenIds = [] });
    }

    [Fact]
    public void Load_FieldsLeftOut_TakeTheFormatsDefaults()
    {
        var config = Load($"{{ {Minimal} }}");
        Assert.Equal((4, 16, 10_000f, 1e-5f), (config.KeyValueHeads, config.HeadDim, config.RopeTheta, config.RmsNormEps));
        Assert.Empty(config.EosTokenIds);
        Assert.False(config.QkvBias || config.QkNorm || config.TiedEmbeddings);
    }

    [Fact]
    public void Load_FamiliesWithImpliedFeatures_HaveThem()
    {
        Assert.True(Load($"{{ \"model_type\": \"qwen2\", {Minimal} }}").QkvBias);
        Assert.True(Load($"{{ \"model_type\": \"qwen3\", {Minimal} }}").QkNorm);
    }

    [Fact]
    public void Load_EndTokens_AcceptsOneAndMany()
    {
        Assert.Equal([7], Load($"{{ \"eos_token_id\": 7, {Minimal} }}").EosTokenIds);
        Assert.Equal([7, 9], Load($"{{ \"eos_token_id\": [7, 9], {Minimal} }}").EosTokenIds);
        Assert.Empty(Load($"{{ \"eos_token_id\": null, {Minimal} }}").EosTokenIds);
    }

    [Fact]
    public void Load_RotaryBaseInItsNewerPlace_IsRead() =>
        Assert.Equal(5e5f, Load($"{{ \"rope_parameters\": {{ \"rope_type\": \"default\", \"rope_theta\": 500000 }}, {Minimal} }}").RopeTheta);

    [Theory]
    [InlineData("\"model_type\": \"gpt2\"", "model_type 'gpt2'")]
    [InlineData("\"hidden_act\": \"gelu\"", "hidden_act")]
    [InlineData("\"mlp_bias\": true", "mlp_bias")]
    [InlineData("\"rope_scaling\": { \"rope_type\": \"llama3\", \"factor\": 8 }", "rope_scaling asks for 'llama3'")]
    [InlineData("\"rope_scaling\": { \"type\": \"linear\" }", "rope_scaling asks for 'linear'")]
    [InlineData("\"partial_rotary_factor\": 0.5", "partial_rotary_factor")]
    [InlineData("\"sliding_window\": 64", "sliding_window is 64")]
    [InlineData("\"quantization_config\": {}", "quantization_config")]
    [InlineData("\"num_key_value_heads\": 3", "multiple of num_key_value_heads")]
    [InlineData("\"head_dim\": 24", "head_dim is 24")]
    [InlineData("\"value_head_size\": 0", "value_head_size")]
    [InlineData("\"eos_token_id\": 100", "eos_token_id 100")]
    [InlineData("\"rms_norm_eps\": \"small\"", "rms_norm_eps")]
    public void Load_WhatCannotBeBuilt_NamesTheField(string field, string reason)
    {
        var e = Assert.Throws<ModelFormatException>(() => Load($"{{ {field}, {Minimal} }}"));
        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
        Assert.Contains("config.json", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"sliding_window\": 128")]
    [InlineData("\"sliding_window\": 64, \"use_sliding_window\": false")]
    [InlineData("\"rope_scaling\": null, \"sliding_window\": null")]
    public void Load_FeaturesThatChangeNothing_AreAccepted(string field) => Load($"{{ {field}, {Minimal} }}");

    [Theory]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{ \"vocab_size\": ")]
    [InlineData("{ \"vocab_size\": 100 }")]
    public void Load_NoDescription_NamesTheFile(string json) =>
        Assert.Contains("config.json", Assert.Throws<ModelFormatException>(() => Load(json)).Message, StringComparison.Ordinal);

    private ModelConfig Load(string json)
    {
        File.WriteAllText(_folder.File("config.json"), json);
        return ModelConfig.Load(_folder.File("config.json"));
    }
}
