using System.Runtime.CompilerServices;
using InferenceServer.Modeling.Text;

namespace InferenceServer.Strategies.Steps;

/// <summary>The tokens that hold a newline, at which decoding pauses to look for the end of a step. Found once for each tokenizer.</summary>
internal static class StepTokens
{
    private static readonly ConditionalWeakTable<ModelTokenizer, int[]> Found = [];

    public static int[] Of(ModelTokenizer tokenizer) => Found.GetValue(
        tokenizer, static tokenizer => [.. Enumerable.Range(0, tokenizer.VocabSize).Where(id => tokenizer.Bytes(id).Contains((byte)'\n'))]);
}
