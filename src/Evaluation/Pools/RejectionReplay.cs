using InferenceServer.Strategies;

namespace InferenceServer.Evaluation.Pools;

/// <summary>When candidates are rejected, and how many stay.</summary>
/// <param name="Tau">Tokens after which beginnings are scored; 0 for the end of the first step.</param>
/// <param name="Keep">How many stay in the end.</param>
public readonly record struct RejectionSetting(RejectionSchedule Schedule, int Tau, int Keep);

/// <summary>What a rejection comes to.</summary>
/// <param name="Finished">Positions of the samples that were finished, in order.</param>
/// <param name="Tokens">Sampled in all.</param>
/// <param name="Flops">Of the model and of the scorer.</param>
/// <param name="ScorerFlops">Of the scorer alone.</param>
public sealed record RejectionOutcome(IReadOnlyList<int> Finished, int Tokens, double Flops, double ScorerFlops);

/// <summary>
/// Early rejection on samples that are there already. What a candidate says does not depend on the others, so leaving some unfinished changes neither the rest nor
/// what they cost: the strategy's own outcome for the same random streams, which a test confirms. (The schedule every_step forks, and cannot be replayed.)
/// </summary>
/// <param name="model">Operations of the model that answers.</param>
/// <param name="scorer">Operations of a separate model that scores; null when scores are free. Its prompt is computed once, what it has read is not read again.</param>
public sealed class RejectionReplay(FlopEstimate model, FlopEstimate? scorer)
{
    /// <param name="problem">Holds the samples.</param>
    /// <param name="block">Positions of the n candidates.</param>
    /// <param name="setting">When and how many.</param>
    /// <param name="score">Grades the first tokens of a sample; NaN ranks last.</param>
    public RejectionOutcome Run(PooledProblem problem, IReadOnlyList<int> block, RejectionSetting setting, Func<PooledSample, int, double> score)
    {
        Beam[] beams = [.. block.Select(i => new Beam(i, problem.Samples[i]))];
        List<Beam> open = [.. beams], finished = [];
        for (int round = 0; open.Count > 0; round++)
        {
            foreach (Beam beam in open)
                beam.Grade(round, setting, score);
            int places = setting.Schedule == RejectionSchedule.Halving ? Math.Max(setting.Keep, (open.Count + 1) / 2) : setting.Keep;
            HashSet<Beam> kept = [.. open.OrderByDescending(beam => double.IsNaN(beam.Score) ? double.NegativeInfinity : beam.Score).ThenBy(beam => Array.IndexOf(beams, beam)).Take(Math.Max(1, places))];
            finished.AddRange(open.Where(beam => beam.HasEnded));
            open = [.. open.Where(beam => kept.Contains(beam) && !beam.HasEnded)];
            if (setting.Schedule != RejectionSchedule.Halving || open.Count <= setting.Keep)
                break;
        }
        foreach (Beam beam in open)
            beam.Finish();
        finished.AddRange(open);
        return Bill(problem, beams, finished);
    }

    /// <summary>Everything is finished and scored at its end.</summary>
    public RejectionOutcome Full(PooledProblem problem, IReadOnlyList<int> block)
    {
        Beam[] beams = [.. block.Select(i => new Beam(i, problem.Samples[i]))];
        foreach (Beam beam in beams)
            beam.Finish();
        return Bill(problem, beams, beams);
    }

    private RejectionOutcome Bill(PooledProblem problem, IReadOnlyList<Beam> beams, IReadOnlyList<Beam> finished)
    {
        int prompt = problem.PromptTokens;
        double flops = model.Prefill(0, prompt), scorerFlops = 0;
        foreach (Beam beam in beams)
            for (int i = 0; i < beam.Read; i++)
                flops += model.Decode(prompt + i);
        if (scorer is { } judge)
        {
            // A finished one is scored as a whole in the end.
            foreach (Beam beam in beams)
                scorerFlops += judge.Prefill(prompt, prompt + (finished.Contains(beam) ? beam.Sample.TextLength : Math.Min(beam.Graded, beam.Sample.TextLength)));
            scorerFlops += judge.Prefill(0, prompt);
        }
        return new([.. finished.Select(beam => beam.Index).Order()], beams.Sum(beam => beam.Read), flops + scorerFlops, scorerFlops);
    }

    private sealed class Beam(int index, PooledSample sample)
    {
        public int Index { get; } = index;
        public PooledSample Sample { get; } = sample;
        public int Read { get; private set; }
        public int Graded { get; private set; }
        public double Score { get; private set; }
        public bool HasEnded => Read >= Sample.Length;

        /// <summary>Goes to where it is graded, and one token further: a reward is read together with the token after it.</summary>
        public void Grade(int round, RejectionSetting setting, Func<PooledSample, int, double> score)
        {
            int stepEnd = Sample.Trace.StepEnds.FirstOrDefault(end => end > Read, Sample.Length);
            Graded = Math.Min(round == 0 && setting.Tau > 0 ? setting.Tau : stepEnd == Sample.TextLength ? Sample.Length : stepEnd, Sample.Length);
            Score = score(Sample, Graded);
            Read = Math.Min(Graded + 1, Sample.Length);
        }

        public void Finish() => Read = Sample.Length;
    }
}
