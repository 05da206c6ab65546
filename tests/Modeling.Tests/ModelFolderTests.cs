using InferenceServer.Modeling.Onnx;
using InferenceServer.Modeling.Text;
using InferenceServer.Shared;

namespace InferenceServer.Modeling.Tests;

public sealed class ModelFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ModelFolderTests() => TestModel.Write(_folder.Path);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_Weights_GivesEveryPart()
    {
        using var model = ModelFolder.Open(_folder.Path);
        Assert.Equal(TestModel.Config.VocabSize, model.Config.VocabSize);
        Assert.Equal([1], model.Tokenizer.Encode("<|user|>"));
        Assert.Same(ChatTemplate.Default, model.ChatTemplate);
        Assert.Equal(Path.GetFileName(_folder.Path), model.Name);
        Assert.Null(model.OnnxPath);
        Assert.NotEmpty(model.Graph().Bytes!);
        Assert.True(model.Graph(WeightFormat.Int8).Bytes!.Length < model.Graph().Bytes!.Length);
    }

    [Fact]
    public void Open_Graph_IsPreferredUnlessAFormatIsAskedFor()
    {
        string path = WriteGraph();
        using var model = ModelFolder.Open(_folder.Path);
        Assert.Equal(path, model.Graph().Path);
        Assert.NotNull(model.Graph(WeightFormat.Fp16).Bytes);
    }

    [Fact]
    public void Graph_FormatOfAFinishedGraph_SaysWhatToDo()
    {
        WriteGraph();
        File.Delete(_folder.File("model.safetensors"));
        using var model = ModelFolder.Open(_folder.Path);
        Assert.Null(model.Weights);
        var e = Assert.Throws<ModelFormatException>(() => model.Graph(WeightFormat.Int4));
        Assert.Contains("Leave the format out", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_ChatTemplates_JinjaFileBeforeConfiguration()
    {
        File.WriteAllText(_folder.File("tokenizer_config.json"), """{"bos_token": {"content": "<|user|>"}, "chat_template": "{{ bos_token }} in config"}""");
        using (var model = ModelFolder.Open(_folder.Path))
            Assert.Equal("<|user|> in config", model.ChatTemplate.Render([]));
        File.WriteAllText(_folder.File("chat_template.jinja"), "{{ bos_token }} in file\n");
        using (var model = ModelFolder.Open(_folder.Path))
            Assert.Equal("<|user|> in file", model.ChatTemplate.Render([]));
    }

    [Fact]
    public void Open_GenerationConfig_AddsItsEndTokens()
    {
        File.WriteAllText(_folder.File("generation_config.json"), """{"eos_token_id": [1, 0]}""");
        using var model = ModelFolder.Open(_folder.Path);
        Assert.Equal([0, 1], model.Config.EosTokenIds);
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("tokenizer.json")]
    [InlineData("model.safetensors")]
    public void Open_MissingFile_IsNamed(string file)
    {
        File.Delete(_folder.File(file));
        AssertRefused(file, "missing", "Copy");
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("tokenizer.json")]
    [InlineData("model.safetensors")]
    [InlineData("model.onnx")]
    [InlineData("model.onnx.data")]
    [InlineData("chat_template.jinja")]
    [InlineData("tokenizer_config.json")]
    [InlineData("generation_config.json")]
    public void Open_TruncatedFile_IsNamed(string file)
    {
        WriteGraph();
        File.WriteAllText(_folder.File("tokenizer_config.json"), """{"chat_template": "x"}""");
        File.WriteAllText(_folder.File("generation_config.json"), """{"eos_token_id": [1, 0]}""");
        if (file == "chat_template.jinja")
            File.WriteAllText(_folder.File(file), "{% if messages %}long{% endif %}");
        byte[] whole = File.ReadAllBytes(_folder.File(file));
        File.WriteAllBytes(_folder.File(file), whole[..(whole.Length * 2 / 3)]);
        AssertRefused(file, "");
    }

    [Fact]
    public void Open_NoFolder_SaysWhatBelongsThere()
    {
        var e = Assert.Throws<ModelFormatException>(() => ModelFolder.Open(_folder.File("nowhere")));
        Assert.Contains("no such folder", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_WeightsInSeveralFiles_SaysSo()
    {
        File.Delete(_folder.File("model.safetensors"));
        File.WriteAllText(_folder.File("model.safetensors.index.json"), "{}");
        AssertRefused("model.safetensors", "several files");
    }

    [Fact]
    public void Open_TokenizerOfAnotherModel_IsNamed()
    {
        TestModel.Write(_folder.Path, TestModel.Config with { VocabSize = 100 });
        AssertRefused("tokenizer.json", "vocabulary of 100");
    }

    [Fact]
    public void Open_WeightsOfAnotherShape_AreNamed()
    {
        (TestModel.Config with { IntermediateSize = 128 }).Save(_folder.File("config.json"));
        AssertRefused("model.safetensors", "model.layers.0.mlp.gate_proj.weight");
    }

    [Fact]
    public void Open_NaNWeights_AreNamed()
    {
        TestModel.Write(_folder.Path, weights: new SpoiledWeights("model.norm.weight", float.NaN));
        AssertRefused("model.safetensors", "model.norm.weight", "NaN");
    }

    [Theory]
    [InlineData(WeightFormat.Fp32)]
    [InlineData(WeightFormat.Fp16)]
    public void Open_GraphWithNaNWeights_IsNamed(WeightFormat format)
    {
        OnnxDecoderGraph.Write(_folder.Path, TestModel.Config, new SpoiledWeights("model.embed_tokens.weight", float.NaN), format);
        AssertRefused("model.onnx.data", "NaN");
    }

    [Fact]
    public void Open_GraphWithoutItsWeights_NamesTheMissingFile()
    {
        WriteGraph();
        File.Delete(_folder.File("model.onnx.data"));
        AssertRefused("model.onnx.data", "missing");
    }

    public static TheoryData<string, ModelConfig> OtherModels() => new()
    {
        { "layers", TestModel.Config with { Layers = 1 } },
        { "more layers", TestModel.Config with { Layers = 3 } },
        { "heads", TestModel.Config with { KeyValueHeads = 4 } },
        { "vocabulary", TestModel.Config with { VocabSize = 500 } },
        { "value head", TestModel.Config with { ValueHeadSize = null } },
    };

    [Theory]
    [MemberData(nameof(OtherModels))]
    public void Open_GraphOfAnotherModel_IsNamed(string what, ModelConfig other)
    {
        OnnxDecoderGraph.Write(_folder.Path, other, new NoisyWeights(1), WeightFormat.Fp32);
        string message = AssertRefused("model.onnx", "config.json");
        Assert.True(message.Contains("different models", StringComparison.Ordinal), what);
    }

    [Fact]
    public void Open_GraphOfAnotherProgram_SaysWhatToDo()
    {
        var foreign = new OnnxGraphBuilder();
        foreign.Input("tokens", Modeling.Onnx.Proto.TensorProto.Types.DataType.Int64, "n");
        foreign.Node("Identity", ["tokens"], "out");
        using (var file = File.Create(_folder.File("model.onnx")))
            Google.Protobuf.MessageExtensions.WriteTo(foreign.Model(), file);
        AssertRefused("model.onnx", "no input 'input_ids'", "Remove it");
    }

    private string WriteGraph() => OnnxDecoderGraph.Write(_folder.Path, TestModel.Config, new NoisyWeights(1), WeightFormat.Fp32);

    private string AssertRefused(string file, params string[] reasons)
    {
        var e = Assert.Throws<ModelFormatException>(() => ModelFolder.Open(_folder.Path));
        Assert.StartsWith(_folder.File(file) + ":", e.Message, StringComparison.Ordinal);
        foreach (string reason in reasons)
            Assert.Contains(reason, e.Message, StringComparison.Ordinal);
        return e.Message;
    }
}
