using InferenceServer.Trainer.Rollouts;
using static TorchSharp.torch;

namespace InferenceServer.Trainer.Objectives;

/// <summary>Sampled solutions with what is known of each of their positions.</summary>
/// <param name="Ids">Prompt and solution, right-padded [B,T].</param>
/// <param name="Positions">Indices into the B*T positions of solution tokens [N].</param>
/// <param name="Labels">1 where the step of that position is right, with all before it, else 0 [N].</param>
/// <param name="Weights">Weight of each position [N].</param>
/// <param name="Right">Indices into the N positions: ends of steps that are right [P].</param>
/// <param name="Wrong">Ends of the same step of the same problem that are wrong while the steps before are right [P].</param>
public sealed record StepValueBatch(Tensor Ids, Tensor Positions, Tensor Labels, Tensor Weights, Tensor Right, Tensor Wrong)
{
    /// <param name="groups">A problem's prompt, its samples and their labels.</param>
    /// <param name="endWeight">Weight of a step's end; the positions inside a step weigh 1.</param>
    public static StepValueBatch From(IReadOnlyList<(int[] Prompt, IReadOnlyList<(Rollout Rollout, StepLabels Labels)> Samples)> groups, int padding, double endWeight)
    {
        int length = groups.Max(g => g.Prompt.Length + g.Samples.Max(s => s.Rollout.Tokens.Length));
        length = (length + Training.TokenBatch.LengthMultiple - 1) / Training.TokenBatch.LengthMultiple * Training.TokenBatch.LengthMultiple;
        int rows = groups.Sum(g => g.Samples.Count), row = 0;
        long[] ids = new long[rows * length];
        Array.Fill(ids, padding);
        List<long> positions = [], rights = [], wrongs = [];
        List<float> labels = [], weights = [];
        foreach (var (prompt, samples) in groups)
        {
            // Ends of the steps of one problem by step index, of prefixes that were right until then.
            var ends = new Dictionary<int, (List<long> Right, List<long> Wrong)>();
            foreach (var (rollout, known) in samples)
            {
                for (int t = 0; t < prompt.Length; t++)
                    ids[row * length + t] = prompt[t];
                int step = 0;
                for (int t = 0; step < known.Ends.Length; t++)
                {
                    int place = row * length + prompt.Length + t;
                    ids[place] = rollout.Tokens[t];
                    bool end = t == known.Ends[step];
                    if (end && (step == 0 || known.Correct[step - 1]))
                    {
                        if (!ends.TryGetValue(step, out var lists))
                            ends[step] = lists = ([], []);
                        (known.Correct[step] ? lists.Right : lists.Wrong).Add(positions.Count);
                    }
                    positions.Add(place);
                    labels.Add(known.Correct[step] ? 1 : 0);
                    weights.Add(end ? (float)endWeight : 1);
                    if (end)
                        step++;
                }
                row++;
            }
            foreach (var (right, wrong) in ends.Values)
            {
                foreach (long r in right)
                {
                    foreach (long w in wrong)
                    {
                        rights.Add(r);
                        wrongs.Add(w);
                    }
                }
            }
        }
        return new(tensor(ids, [rows, length]), tensor(positions), tensor(labels), tensor(weights), tensor(rights), tensor(wrongs));
    }
}
