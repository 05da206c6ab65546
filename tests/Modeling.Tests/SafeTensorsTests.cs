using System.Buffers.Binary;
using System.Text;
using InferenceServer.Shared;

namespace InferenceServer.Modeling.Tests;

public sealed class SafeTensorsTests : IDisposable
{
    private static readonly ModelConfig Config = TestModel.Config;

    private readonly TemporaryFolder _folder = new();

    private string File => _folder.File("model.safetensors");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Write_ThenRead_GivesTheSameWeights()
    {
        var layout = ModelLayout.For(Config);
        SafeTensorsWriter.Write(File, layout, new NoisyWeights(4), new Dictionary<string, string> { ["recipe"] = "tiny" });
        using var weights = SafeTensors.Open(File);
        weights.Check(layout);
        foreach (TensorSpec tensor in layout.Tensors)
        {
            float[] expected = new float[tensor.Elements], actual = new float[tensor.Elements];
            new NoisyWeights(4).Read(tensor, expected);
            weights.Read(tensor, actual);
            Assert.Equal(expected, actual);
        }
        Assert.Equal(layout.Tensors.Count, weights.Names.Count);
        Assert.Equal([File], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Read_HalfAndBfloat16_AreConverted()
    {
        byte[] halves = [.. new[] { 1.5, -0.25, 65504 }.SelectMany(v => BitConverter.GetBytes((Half)v))];
        byte[] brains = [.. new[] { 1.5f, -3e38f, 1e-30f }.SelectMany(v => BitConverter.GetBytes((ushort)(BitConverter.SingleToUInt32Bits(v) >> 16)))];
        WriteRaw("""{"h":{"dtype":"F16","shape":[3],"data_offsets":[0,6]},"b":{"dtype":"BF16","shape":[3],"data_offsets":[6,12]}}""", [.. halves, .. brains]);
        using var weights = SafeTensors.Open(File);
        float[] values = new float[3];
        weights.Read(new TensorSpec("h", 3), values);
        Assert.Equal([1.5f, -0.25f, 65504f], values);
        weights.Read(new TensorSpec("b", 3), values);
        Assert.Equal(1.5f, values[0]);
        Assert.InRange(values[1], -3.01e38f, -2.97e38f);
        Assert.InRange(values[2], 0.99e-30f, 1.01e-30f);
    }

    [Theory]
    [InlineData(3, "first 8 bytes")]
    [InlineData(40, "does not fit")]
    [InlineData(100_000, "cut off")]
    public void Open_CutOff_SaysSo(int bytes, string reason)
    {
        SafeTensorsWriter.Write(File, ModelLayout.For(Config), new NoisyWeights(4));
        byte[] whole = System.IO.File.ReadAllBytes(File);
        Assert.True(bytes < whole.Length);
        System.IO.File.WriteAllBytes(File, whole[..bytes]);
        AssertRefused(reason, () => SafeTensors.Open(File));
    }

    [Fact]
    public void Open_Missing_SaysSo() => AssertRefused("cannot read the weights", () => SafeTensors.Open(File));

    [Fact]
    public void Open_AnotherKindOfFile_SaysSo()
    {
        System.IO.File.WriteAllText(File, "version https://git-lfs.github.com/spec/v1");
        AssertRefused("no safetensors file", () => SafeTensors.Open(File));
    }

    [Theory]
    [InlineData("not json", "header is not what")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1]}}""", "header is not what")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", "lies at [4, 0)")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", "cannot take 4 bytes")]
    public void Open_MalformedHeader_SaysSo(string header, string reason)
    {
        WriteRaw(header, new byte[8]);
        AssertRefused(reason, () => SafeTensors.Open(File));
    }

    [Theory]
    [InlineData("model.norm.weight", "is missing")]
    [InlineData("model.layers.0.mlp.up_proj.weight", "is missing")]
    public void Check_MissingTensor_IsNamed(string name, string reason)
    {
        Rewrite(t => t.Name == name ? null : t);
        AssertRefusedByCheck(name, reason);
    }

    [Fact]
    public void Check_WrongShape_IsNamed()
    {
        Rewrite(t => t.Name == "model.norm.weight" ? new TensorSpec(t.Name, 8, 8) : t);
        AssertRefusedByCheck("model.norm.weight", "[8, 8]");
    }

    [Fact]
    public void Check_UnexpectedTensor_IsNamed()
    {
        Rewrite(t => t.Name == "model.norm.weight" ? t : t, new TensorSpec("model.layers.0.self_attn.o_proj.bias", 64));
        AssertRefusedByCheck("self_attn.o_proj.bias", "no place in the model");
    }

    [Fact]
    public void Check_UnknownType_IsNamed()
    {
        Rewrite(t => t);
        byte[] bytes = System.IO.File.ReadAllBytes(File);
        // The header is patched in place: I32 is as long as F32.
        int at = Encoding.Latin1.GetString(bytes).IndexOf("F32", StringComparison.Ordinal);
        bytes[at] = (byte)'I';
        System.IO.File.WriteAllBytes(File, bytes);
        AssertRefusedByCheck("model.embed_tokens.weight", "stored as I32");
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Check_NotFinite_IsNamed(float bad)
    {
        SafeTensorsWriter.Write(File, ModelLayout.For(Config), new SpoiledWeights("model.layers.1.mlp.down_proj.weight", bad));
        AssertRefusedByCheck("model.layers.1.mlp.down_proj.weight", "NaN or infinity");
    }

    private void Rewrite(Func<TensorSpec, TensorSpec?> edit, params TensorSpec[] more)
    {
        var tensors = ModelLayout.For(Config).Tensors.Select(edit).OfType<TensorSpec>().Concat(more).ToList();
        long offset = 0;
        var entries = tensors.Select(t => $"\"{t.Name}\":{{\"dtype\":\"F32\",\"shape\":[{string.Join(',', t.Shape)}],\"data_offsets\":[{offset},{offset += t.Elements * 4}]}}");
        WriteRaw($"{{{string.Join(',', entries.ToList())}}}", new byte[offset]);
    }

    private void WriteRaw(string header, byte[] data)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        byte[] length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        System.IO.File.WriteAllBytes(File, [.. length, .. json, .. data]);
    }

    private void AssertRefusedByCheck(string name, string reason)
    {
        using var weights = SafeTensors.Open(File);
        string message = AssertRefused(reason, () => weights.Check(ModelLayout.For(Config)));
        Assert.Contains(name, message, StringComparison.Ordinal);
    }

    private string AssertRefused(string reason, Action act)
    {
        var e = Assert.Throws<ModelFormatException>(act);
        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
        Assert.Contains(File, e.Message, StringComparison.Ordinal);
        return e.Message;
    }
}
