using InferenceServer.Engine;
using InferenceServer.Engine.Decoding;
using InferenceServer.Modeling;
using InferenceServer.Server.Generation;
using InferenceServer.Strategies;

namespace InferenceServer.Server.Hosting;

/// <summary>From the settings to a model that runs: folder, device, graph, decoder, engine.</summary>
public static class ModelLoader
{
    /// <exception cref="StartupException">There is no such folder, or a setting does not fit the model.</exception>
    /// <exception cref="ModelFormatException">A file of the folder is not what it should be.</exception>
    /// <exception cref="DeviceUnavailableException">The device asked for cannot be used.</exception>
    public static ServedModel Load(ServerOptions options) => Load(options, ModelSource.Find(options.Model), options.ModelName);

    /// <summary>The separate reward model; null when the settings name none.</summary>
    /// <exception cref="StartupException">There is no such folder, or the model has no value head.</exception>
    public static ServedModel? LoadReward(ServerOptions options)
    {
        if (options.RewardModel is not { } path)
            return null;
        // How long sequences are is the reward model's own affair.
        ServedModel model = Load(options with { Context = null }, ModelSource.Find(path), name: null);
        return model.Language.HasValue ? model : throw new StartupException($"--reward-model {path} has no value head, so it gives no rewards.");
    }

    private static ServedModel Load(ServerOptions options, string path, string? name)
    {
        using ModelFolder folder = ModelFolder.Open(path);
        if (options.Context > folder.Config.ContextLength)
            throw new StartupException($"--context {options.Context} is more than the {folder.Config.ContextLength} tokens that the model was made for.");
        ExecutionDevice device = options.ExecutionProvider is { } library ? ExecutionDevice.FromLibrary(library) : ExecutionDevice.Resolve(options.Device);
        // CUDA's attention kernel takes half precision only.
        WeightFormat? format = options.Weights ?? (device.IsCuda && folder.Weights is not null ? WeightFormat.Fp16 : null);
        ModelGraph graph = folder.Graph(format);
        var decoderOptions = new OnnxDecoderOptions { Capacity = options.Context ?? folder.Config.ContextLength, Slots = options.Slots, Threads = options.Threads ?? 0, Device = device };
        if (options.Spin is { } spin)
            decoderOptions = decoderOptions with { Spin = spin };
        OnnxDecoder decoder = graph.Path is { } file ? OnnxDecoder.Load(file, decoderOptions) : OnnxDecoder.Load(graph.Bytes!, decoderOptions);
        var engine = new LlmEngine(decoder, new LlmEngineOptions { MaxSequences = options.MaxSequences });
        name ??= folder.Name;
        int threads = decoderOptions.Threads == 0 ? Environment.ProcessorCount : decoderOptions.Threads;
        string weights = graph.Path is null ? (format ?? WeightFormat.Fp32).ToString().ToLowerInvariant() : "onnx";
        return new ServedModel(name, folder.Config, folder.Tokenizer, folder.ChatTemplate, engine, new LocalModel(name, engine, folder.Config, folder.Tokenizer, folder.ChatTemplate))
        {
            Created = DateTimeOffset.UtcNow,
            Weights = weights,
            Device = $"{device.Name} ({device.Reason}), {(threads == 1 ? "1 thread" : $"{threads} threads")}, {(decoderOptions.Spin ? "spinning" : "not spinning")}",
            Fingerprint = ModelFingerprint.Of(folder, weights, device.Name),
        };
    }
}
