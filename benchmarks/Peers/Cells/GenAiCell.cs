using InferenceServer.Workloads;
using Microsoft.ML.OnnxRuntimeGenAI;

namespace InferenceServer.Peers.Cells;

/// <summary>How ONNX Runtime GenAI picks tokens: the most probable one, or as our engine does (temperature 0.8, top-p 0.95), with its usual top-k or without.</summary>
internal enum GenAiSampling { Greedy, TopP, TopKAndTopP }

/// <summary>ONNX Runtime GenAI's Generator over our graph. It takes 32 rows at most, so more are several generators stepped in turn.</summary>
internal sealed class GenAiCell : IDecodeCell
{
    public const int MaxRows = 32;
    private readonly Model _model;
    private readonly GenAiSampling _sampling;

    public GenAiCell(string folder, GenAiSampling sampling, int threads, bool spin)
    {
        using var config = new Config(folder);
        config.Overlay($$"""
            { "model": { "decoder": { "session_options": { "intra_op_num_threads": {{threads}}, "session.intra_op.allow_spinning": "{{(spin ? 1 : 0)}}" } } } }
            """);
        (_model, _sampling) = (new Model(config), sampling);
    }

    public DecodeTiming Run(int rows, int[] prompt, int newTokens)
    {
        var generators = Enumerable.Range(0, rows).Chunk(MaxRows).Select(group => (Generator: Create(group.Length, prompt.Length + newTokens + 1), Prompts: group.SelectMany(row => Shifted(prompt, row)).ToArray())).ToArray();
        try
        {
            return DecodeTiming.Measure(rows * newTokens,
                () =>
                {
                    foreach (var (generator, prompts) in generators)
                    {
                        generator.AppendTokens(prompts);         // computes the prompts
                        generator.GenerateNextToken();           // samples from the logits that are there
                    }
                },
                () =>
                {
                    for (int step = 0; step < newTokens; step++)
                        foreach (var (generator, _) in generators)
                            Step(generator);
                });
        }
        finally
        {
            foreach (var (generator, _) in generators)
                generator.Dispose();
        }
    }

    /// <summary>One token for every row, read as a server would.</summary>
    public static int Step(Generator generator)
    {
        generator.GenerateNextToken();
        return generator.GetNextTokens().Length;
    }

    /// <param name="length">Tokens of a row in the end; nothing stops a row before it.</param>
    public Generator Create(int rows, int length)
    {
        using var parameters = new GeneratorParams(_model);
        parameters.SetSearchOption("batch_size", rows);
        parameters.SetSearchOption("min_length", length);
        parameters.SetSearchOption("max_length", length);
        parameters.SetSearchOption("past_present_share_buffer", true);
        parameters.SetSearchOption("do_sample", _sampling != GenAiSampling.Greedy);
        if (_sampling != GenAiSampling.Greedy)
        {
            parameters.SetSearchOption("temperature", 0.8);
            parameters.SetSearchOption("top_p", 0.95);
            parameters.SetSearchOption("top_k", _sampling == GenAiSampling.TopKAndTopP ? 50 : 0);
            parameters.SetSearchOption("random_seed", 1);
        }
        return new Generator(_model, parameters);
    }

    /// <summary>The prompt with other tokens for each row, none of them special.</summary>
    public static IEnumerable<int> Shifted(int[] prompt, int row) => prompt.Select(token => 300 + (token - 300 + row) % 1700);

    public void Dispose() => _model.Dispose();
}
