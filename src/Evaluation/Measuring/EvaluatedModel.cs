using System.Security.Cryptography;
using InferenceServer.Engine;
using InferenceServer.Engine.Decoding;
using InferenceServer.Modeling;
using InferenceServer.Modeling.Text;
using InferenceServer.Strategies;

namespace InferenceServer.Evaluation.Measuring;

/// <summary>A model folder brought up with an engine of its own.</summary>
public sealed class EvaluatedModel : IAsyncDisposable
{
    private readonly ModelFolder _folder;
    private readonly LlmEngine _engine;

    private EvaluatedModel(ModelFolder folder, LlmEngine engine, string fingerprint)
    {
        (_folder, _engine, Fingerprint) = (folder, engine, fingerprint);
        Model = new LocalModel(folder.Name, engine, folder.Config, folder.Tokenizer, folder.ChatTemplate);
    }

    public LocalModel Model { get; }

    /// <summary>Digest of the files.</summary>
    public string Fingerprint { get; }

    /// <exception cref="ModelFormatException">The folder is no model.</exception>
    public static EvaluatedModel Load(string path, int slots, int threads)
    {
        ModelFolder folder = ModelFolder.Open(path);
        try
        {
            var options = new OnnxDecoderOptions { Slots = slots, Capacity = folder.Config.ContextLength, Threads = threads };
            ModelGraph graph = folder.Graph();
            OnnxDecoder decoder = graph.Bytes is { } bytes ? OnnxDecoder.Load(bytes, options) : OnnxDecoder.Load(graph.Path!, options);
            return new EvaluatedModel(folder, new LlmEngine(decoder), Digest(path));
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    public int[] Encode(string question) => _folder.ChatTemplate.Encode(_folder.Tokenizer, [new ChatMessage("user", question)]);

    public async ValueTask DisposeAsync()
    {
        await _engine.DisposeAsync();
        _folder.Dispose();
    }

    private static string Digest(string folder)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        string[] files = [.. Directory.EnumerateFiles(folder).Where(f => !f.EndsWith(".md", StringComparison.OrdinalIgnoreCase)).Order(StringComparer.Ordinal)];
        foreach (string file in files)
        {
            using FileStream stream = File.OpenRead(file);
            hash.AppendData(SHA256.HashData(stream));
        }
        return Convert.ToHexString(hash.GetHashAndReset())[..16];
    }
}
