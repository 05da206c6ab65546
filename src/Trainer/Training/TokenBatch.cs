using static TorchSharp.torch;

namespace InferenceServer.Trainer.Training;

/// <summary>A sequence of token ids, of which the first <paramref name="PromptLength"/> are given and the rest is to be learned.</summary>
public sealed record TrainingSequence(int[] Ids, int PromptLength);

/// <summary>Right-padded sequences and the places in them that are learned.</summary>
/// <param name="Ids">Token ids [B,T].</param>
/// <param name="TargetPositions">Indices into the B*T positions whose next token is learned [N].</param>
/// <param name="Targets">Those next tokens [N].</param>
/// <param name="Tokens">Number of tokens that are not padding.</param>
public sealed record TokenBatch(Tensor Ids, Tensor TargetPositions, Tensor Targets, int Tokens)
{
    /// <summary>Lengths are rounded up to a multiple of this: fewer shapes, less fragmentation of the native heap.</summary>
    public const int LengthMultiple = 16;

    public static TokenBatch From(IReadOnlyList<TrainingSequence> sequences, int padding)
    {
        int length = sequences.Max(s => s.Ids.Length);
        length = (length + LengthMultiple - 1) / LengthMultiple * LengthMultiple;
        long[] ids = new long[sequences.Count * length];
        Array.Fill(ids, padding);
        List<long> positions = [], targets = [];
        for (int row = 0; row < sequences.Count; row++)
        {
            int[] sequence = sequences[row].Ids;
            for (int t = 0; t < sequence.Length; t++)
            {
                ids[row * length + t] = sequence[t];
                if (t + 1 < sequence.Length && t + 1 >= sequences[row].PromptLength)
                {
                    positions.Add(row * length + t);
                    targets.Add(sequence[t + 1]);
                }
            }
        }
        return new(tensor(ids, [sequences.Count, length]), tensor(positions), tensor(targets), sequences.Sum(s => s.Ids.Length));
    }
}
