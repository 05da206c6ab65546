using InferenceServer.Modeling.Rewards;
using InferenceServer.Trainer.Training;
using static TorchSharp.torch;

namespace InferenceServer.Trainer.Rewards;

/// <summary>Pairs of positions of which the first should score higher.</summary>
/// <param name="Better">Indices into a batch's N positions [P].</param>
/// <param name="Worse">Likewise [P].</param>
/// <param name="Weights">How many pairs of samples each stands for [P].</param>
public sealed record RewardPairs(Tensor Better, Tensor Worse, Tensor Weights);

/// <summary>Sampled solutions of some problems with what is known of each of their positions.</summary>
/// <param name="Ids">Prompt and solution, right-padded [B,T].</param>
/// <param name="Positions">Indices into the B*T positions of solution tokens [N].</param>
/// <param name="Hidden">The frozen trunk's output there [N,D]; null when it is to be computed.</param>
/// <param name="Features">Reward features there [N,F], from the policy's statistics.</param>
/// <param name="Labels">Success of the step that each position belongs to [N].</param>
/// <param name="Weights">Weight of each position [N].</param>
/// <param name="Steps">Pairs within one step of one problem, see <see cref="Parts"/>.</param>
/// <param name="Outcomes">Ends of solved and of other solutions of one problem.</param>
/// <param name="TargetPositions">Indices into the B*T positions that predict a token of a solved solution [M].</param>
/// <param name="Targets">Those tokens [M].</param>
public sealed record RewardBatch(
    Tensor Ids, Tensor Positions, Tensor? Hidden, Tensor Features, Tensor Labels, Tensor Weights, RewardPairs Steps, RewardPairs Outcomes, Tensor TargetPositions, Tensor Targets)
{
    /// <summary>The parts of a step after which samples are compared. The last is the step's end; the others make a reward mean something while the step is being written.</summary>
    public static readonly double[] Parts = [0.25, 0.5, 0.75, 1];

    /// <summary>By how much two steps' success must differ for one to be called better. Any value in (0, 1] says the same of exact labels.</summary>
    private const double Margin = 0.25;

    public static RewardBatch From(IReadOnlyList<RewardGroup> groups, int padding)
    {
        int length = groups.Max(g => g.Prompt.Length + g.Samples.Max(s => s.Tokens.Length));
        length = (length + TokenBatch.LengthMultiple - 1) / TokenBatch.LengthMultiple * TokenBatch.LengthMultiple;
        int rows = groups.Sum(g => g.Samples.Count), row = 0;
        long[] ids = new long[rows * length];
        Array.Fill(ids, padding);
        List<long> positions = [], targetPositions = [], targets = [];
        List<float> features = [], labels = [], weights = [];
        List<Tensor> hidden = [];
        PairList steps = new(), outcomes = new();
        foreach (var group in groups)
        {
            int[] offsets = new int[group.Samples.Count];
            for (int s = 0; s < group.Samples.Count; s++, row++)
            {
                var sample = group.Samples[s];
                offsets[s] = positions.Count;
                for (int t = 0; t < group.Prompt.Length; t++)
                    ids[row * length + t] = group.Prompt[t];
                int step = 0;
                for (int t = 0; t < sample.Tokens.Length; t++)
                {
                    int place = row * length + group.Prompt.Length + t;
                    ids[place] = sample.Tokens[t];
                    positions.Add(place);
                    labels.Add((float)sample.Labels.Success[step]);
                    weights.Add(sample.Weight);
                    if (sample.Labels.Solved)
                    {
                        targetPositions.Add(place - 1);
                        targets.Add(sample.Tokens[t]);
                    }
                    if (t == sample.Labels.Ends[step])
                        step++;
                }
                features.AddRange(sample.Features);
                if (sample.Hidden is not null)
                    hidden.Add(sample.Hidden);
            }
            AddPairs(group, offsets, steps, outcomes);
        }
        return new(tensor(ids, [rows, length]), tensor(positions), hidden.Count == 0 ? null : cat(hidden).to(ScalarType.Float32), tensor(features, [positions.Count, RewardFeatures.Count]), tensor(labels), tensor(weights),
            steps.ToPairs(), outcomes.ToPairs(), tensor(targetPositions), tensor(targets));
    }

    private static void AddPairs(RewardGroup group, int[] offsets, PairList steps, PairList outcomes)
    {
        for (int a = 0; a < group.Samples.Count; a++)
        {
            for (int b = 0; b < group.Samples.Count; b++)
            {
                RewardSample better = group.Samples[a], worse = group.Samples[b];
                int weight = better.Weight * worse.Weight;
                if (better.Labels.Solved && !worse.Labels.Solved)
                    outcomes.Add(offsets[a] + better.Tokens.Length - 1, offsets[b] + worse.Tokens.Length - 1, weight);
                int common = better.Tokens.AsSpan().CommonPrefixLength(worse.Tokens);
                for (int s = 0; s < Math.Min(better.Labels.Count, worse.Labels.Count) && better.Labels.Open(s) && worse.Labels.Open(s); s++)
                {
                    if (better.Labels.Success[s] - worse.Labels.Success[s] < Margin)
                        continue;
                    foreach (double part in Parts)
                    {
                        int i = better.Labels.At(s, part), j = worse.Labels.At(s, part);
                        // Up to here they may still be the same text, to which no function gives two scores.
                        if (i != j || i >= common)
                            steps.Add(offsets[a] + i, offsets[b] + j, weight);
                    }
                }
            }
        }
    }

    private sealed class PairList
    {
        private readonly List<long> _better = [], _worse = [];
        private readonly List<float> _weights = [];

        public void Add(long better, long worse, float weight)
        {
            _better.Add(better);
            _worse.Add(worse);
            _weights.Add(weight);
        }

        public RewardPairs ToPairs() => new(tensor(_better), tensor(_worse), tensor(_weights));
    }
}
