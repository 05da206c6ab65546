using InferenceServer.Modeling;
using InferenceServer.Peers.Models;
using InferenceServer.Workloads;

namespace InferenceServer.Peers.Cells;

/// <summary>Makes a cell from its name: words joined by dashes, the first one saying what runs, the others how (<c>README.md</c> lists them).</summary>
internal sealed class CellFactory(ModelShape shape, int maxRows, int capacity, int threads)
{
    public IDecodeCell Create(string name)
    {
        string[] words = name.Split('-');
        foreach (string word in words[1..])
            if (!Words.Contains(word))
                throw new ArgumentException($"Cell '{name}': there is no word '{word}'; there are {string.Join(", ", Words)}.");
        bool Has(string word) => words.Contains(word);
        bool spin = Has("spin");
        int cellThreads = Has("1thread") ? 1 : threads;
        var format = Has("int8") ? WeightFormat.Int8 : Has("int4") ? WeightFormat.Int4 : WeightFormat.Fp32;
        return words[0] switch
        {
            "bare" => new BareLoop(shape.OnnxPath(format), shape.Config, maxRows, capacity, cellThreads, spin),
            "engine" => new EngineLoop(shape.OnnxPath(format), maxRows, capacity, cellThreads, spin),
            "genai" => new GenAiCell(GenAiFolder.Write(shape, format), Has("topk") ? GenAiSampling.TopKAndTopP : Has("topp") ? GenAiSampling.TopP : GenAiSampling.Greedy, cellThreads, spin),
            "llama" => new LlamaCell(
                GgufFile.Write(shape, Has("q8") ? GgufType.Q8_0 : Has("q4") ? GgufType.Q4_0 : GgufType.F32),
                Has("fork") ? LlamaKv.Forked : Has("unified") ? LlamaKv.Unified : LlamaKv.Apart, cellThreads),
            _ => throw new ArgumentException($"Cell '{name}': there are bare, engine, genai and llama."),
        };
    }

    private static readonly string[] Words = ["spin", "1thread", "int8", "int4", "greedy", "topp", "topk", "fork", "unified", "q8", "q4"];
}
