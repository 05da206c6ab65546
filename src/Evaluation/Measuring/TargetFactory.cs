using System.Security.Cryptography;
using InferenceServer.Engine;
using InferenceServer.Engine.Decoding;
using InferenceServer.Modeling;
using InferenceServer.Plugins;
using InferenceServer.Strategies;
using InferenceServer.Strategies.Handbooks;

namespace InferenceServer.Evaluation.Measuring;

/// <summary>Brings model folders up with engines of their own, and gives the strategies what they ask their host for.</summary>
public static class TargetFactory
{
    /// <summary>What a plan calls the separate reward model.</summary>
    public const string RewardModelName = "reward";

    /// <param name="folder">The model.</param>
    /// <param name="rewardFolder">A separate reward model with the same tokenizer; null for none.</param>
    /// <param name="handbook">For the strategy of that name; null for none.</param>
    /// <param name="slots">Rows of the engine.</param>
    /// <param name="threads">Of the engine; 0 takes every processor.</param>
    /// <param name="time">Measures milliseconds.</param>
    /// <exception cref="ModelFormatException">A folder is no model.</exception>
    /// <exception cref="EvaluationException">The reward model does not fit.</exception>
    public static LocalTarget Load(string folder, string? rewardFolder, Handbook? handbook, int slots, int threads, TimeProvider time)
    {
        LoadedModel model = LoadedModel.Load(folder, slots, threads, name: null), owner = model;
        LoadedModel? reward = null;
        try
        {
            if (rewardFolder is not null)
            {
                reward = LoadedModel.Load(rewardFolder, slots, threads, RewardModelName);
                if (!reward.Model.HasValue)
                    throw new EvaluationException($"{rewardFolder}: a reward model needs a value head, and this one has none.");
                if (!model.ReadsLike(reward))
                    throw new EvaluationException($"{rewardFolder}: the reward model reads other tokens than the model in {folder}; it must share its tokenizer.json.");
            }
            var services = new HostServices(reward?.Model, handbook);
            var catalog = new StrategyCatalog(new PluginCatalog([typeof(StrategyCatalog).Assembly], services));
            string fingerprint = $"{model.Digest} {reward?.Digest} {(handbook is null ? "" : $"{handbook.Name} {handbook.Version}")}".Trim();
            return new(model.Model, fingerprint, catalog, slots, time, reward?.Model, reward is null ? [model] : [model, reward]);
        }
        catch
        {
            reward?.DisposeAsync().AsTask().GetAwaiter().GetResult();
            owner.DisposeAsync().AsTask().GetAwaiter().GetResult();
            throw;
        }
    }

    private sealed class HostServices(ILanguageModel? reward, Handbook? handbook) : IServiceProvider, IModelRegistry, IHandbookSource
    {
        public IEnumerable<string> Names => reward is null ? [] : [RewardModelName];

        public object? GetService(Type serviceType) =>
            serviceType == typeof(IModelRegistry) || (serviceType == typeof(IHandbookSource) && handbook is not null) ? this : null;

        public ILanguageModel? Find(string name) => name == RewardModelName ? reward : null;

        public ValueTask<Handbook?> FindAsync(string tenant, string name, CancellationToken cancellationToken) => new(name == handbook!.Name ? handbook : null);

        // What becomes of the entries is in the report.
        public void Report(string tenant, string handbook, IReadOnlyList<BehaviourTrial> trials) { }
    }

    /// <summary>A folder with its engine.</summary>
    private sealed class LoadedModel(ModelFolder folder, LlmEngine engine, LocalModel model, string digest) : IAsyncDisposable
    {
        public LocalModel Model => model;
        public string Digest => digest;

        public static LoadedModel Load(string path, int slots, int threads, string? name)
        {
            ModelFolder folder = ModelFolder.Open(path);
            try
            {
                var options = new OnnxDecoderOptions { Slots = slots, Capacity = folder.Config.ContextLength, Threads = threads };
                ModelGraph graph = folder.Graph();
                OnnxDecoder decoder = graph.Bytes is { } bytes ? OnnxDecoder.Load(bytes, options) : OnnxDecoder.Load(graph.Path!, options);
                var engine = new LlmEngine(decoder);
                return new(folder, engine, new LocalModel(name ?? folder.Name, engine, folder.Config, folder.Tokenizer, folder.ChatTemplate), DigestOf(path));
            }
            catch
            {
                folder.Dispose();
                throw;
            }
        }

        public bool ReadsLike(LoadedModel other) =>
            model.Tokenizer.VocabSize == other.Model.Tokenizer.VocabSize
            && Enumerable.Range(0, model.Tokenizer.VocabSize).All(id => model.Tokenizer.Bytes(id).SequenceEqual(other.Model.Tokenizer.Bytes(id)));

        public async ValueTask DisposeAsync()
        {
            await engine.DisposeAsync();
            folder.Dispose();
        }

        private static string DigestOf(string folder)
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
}
