using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Runtime.CompilerServices;
using InferenceServer.Plugins;
using InferenceServer.Strategies.Scoring;

namespace InferenceServer.Strategies;

/// <summary>
/// "Accelerating LLM Reasoning via Early Rejection with Partial Reward Modeling", arXiv:2508.01969: score each candidate after its first tokens and finish only
/// the promising ones.
/// Differences from the paper: the reward may come from the model's own value head, which costs nothing; besides its beam search (<c>every_step</c> with
/// <c>refill</c>) there are one rejection for all (<c>once</c>) and repeated halving at step ends (<c>halving</c>); the search starts from n candidates, not from
/// one; a finished candidate is ranked by the score of its whole text, not by its last partial one; inside a strategy that asks for several answers those are
/// the candidates, and every survivor is handed to it.
/// </summary>
/// <param name="scorers">What grades a beginning.</param>
/// <param name="models">Where a separate reward model is found.</param>
[Plugin("early_rejection", "Starts n candidates, scores their beginnings, and lets only the promising ones finish.", Paper = "arXiv:2508.01969")]
public sealed class EarlyRejection(PluginSet<IPartialScorer> scorers, IModelRegistry? models = null) : IStrategy<EarlyRejectionOptions>
{
    public async IAsyncEnumerable<Answer> RunAsync(
        EarlyRejectionOptions options, GenerationContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        int n = context.Wanted > 1 ? context.Wanted : options.N, keep = Math.Min(n, options.Keep ?? Math.Max(1, n / 4));
        var scoring = new ScoringContext(context, options.Aggregation, options.RewardModel is { } name ? models!.Find(name) : null);
        await using CandidateGroup group = await context.OpenAsync(n);
        List<Beam> open = [.. group.Candidates.Select((candidate, place) => new Beam(candidate, place, place))];
        int finished = 0;
        Answer? best = null;

        for (int round = 0; open.Count > 0 && !context.IsExhausted; round++)
        {
            await Task.WhenAll(open.Select(beam => GradeAsync(beam, round, options, scoring, cancellationToken)));
            if (context.IsExhausted)
                break;
            int places = options.Schedule == RejectionSchedule.Halving ? Math.Max(keep, (open.Count + 1) / 2) : keep - finished;
            List<Beam> kept = Keep(open, places, options), complete = open.FindAll(beam => beam.HasEnded);
            foreach (Beam rejected in open.Except(kept).Except(complete))
                await group.ReleaseAsync(rejected.Candidate, string.Create(CultureInfo.InvariantCulture, $"{options.Scorer} {rejected.Score:0.###} after {rejected.Graded} tokens"));
            foreach (Beam ended in complete)
                if (await AnswerAsync(ended) is { } answer)
                    yield return answer;
            open = [.. kept.Except(complete)];
            bool isLast = options.Schedule == RejectionSchedule.Once || (options.Schedule == RejectionSchedule.Halving && open.Count <= keep);
            if (isLast)
                break;
            if (options.Schedule == RejectionSchedule.EveryStep)
            {
                await Task.WhenAll(open.Select(beam => beam.FinishStepAsync(cancellationToken)));
                foreach (Beam ended in open.Where(beam => beam.HasEnded))
                    if (await AnswerAsync(ended) is { } answer)
                        yield return answer;
                open.RemoveAll(beam => beam.HasEnded);
                if (options.Refill && finished >= keep)
                {
                    // As many answers as were to be kept are there: the beams that are still open were ranked behind them.
                    foreach (Beam late in open)
                        await group.ReleaseAsync(late.Candidate, "enough have finished");
                    open.Clear();
                }
                if (options.Refill && open.Count > 0)
                    open.AddRange(Refill(group, open, n - finished));
            }
        }
        // The survivors; when the budget has ended, whatever stands.
        await foreach (Task<Beam> ended in Task.WhenEach(open.Select(beam => beam.FinishAsync(cancellationToken))).WithCancellation(cancellationToken))
            if (await AnswerAsync(await ended) is { } answer)
                yield return answer;

        // Every one to a strategy that asked for several; alone, the best so far.
        async Task<Answer?> AnswerAsync(Beam beam)
        {
            finished++;
            double? score = await FullScoreAsync(scorers[options.Scorer], beam.Candidate, scoring, cancellationToken);
            await group.ReleaseAsync(beam.Candidate, "finished");
            var answer = new Answer(beam.Candidate, beam.Candidate.Text) { Score = score, Sample = context.Wanted > 1 ? beam.Place : 0 };
            if (context.Wanted > 1)
                return answer;
            bool isBetter = best is null || (best.Candidate.IsCut && !answer.Candidate.IsCut)
                || (best.Candidate.IsCut == answer.Candidate.IsCut && (score > (best.Score ?? double.NegativeInfinity)
                    || (score == best.Score && beam.Candidate.Index < best.Candidate.Index)));
            return isBetter ? best = answer : null;
        }
    }

    public PlanProblem? Check(EarlyRejectionOptions options, PlanContext plan) =>
        scorers[options.Scorer].Check(plan) is { } problem ? new("scorer", problem)
        : RewardModel.CheckChoice(options.Scorer, options.RewardModel, models) is { } choice ? choice
        : options.Refill && options.Schedule != RejectionSchedule.EveryStep ? new("refill", "works with the schedule every_step only: the others never fork.")
        : options.Keep > options.N && !AskedForMore(plan) ? new("keep", $"is {options.Keep}, more than the {options.N} candidates.")
        : null;

    private static bool AskedForMore(PlanContext plan) => plan.Stage > 0 && plan.Request.Strategies[plan.Stage - 1].AsksAtOnce;

    /// <summary>Brings a beam to where it is graded, and one token further: a reward is read together with the token after it.</summary>
    private async Task GradeAsync(Beam beam, int round, EarlyRejectionOptions options, ScoringContext scoring, CancellationToken cancellationToken)
    {
        bool everyStep = options.Schedule == RejectionSchedule.EveryStep, toStepEnd = everyStep || round > 0 || options.Tau == 0;
        int limit = options.Tau > 0 && (everyStep || round == 0) ? beam.StepStart + options.Tau : int.MaxValue;
        await beam.DecodeToAsync(limit, toStepEnd, cancellationToken);
        if (scoring.Generation.IsExhausted)
            return;
        beam.Score = await scorers[options.Scorer].ScorePartAsync(beam.Candidate, beam.Graded, scoring, cancellationToken);
        scoring.Generation.Report(beam.Candidate, options.Scorer, beam.Score ?? double.NaN);
    }

    /// <summary>The best of them, ties to the lower number. A beam that cannot be scored ranks last; somebody always stays.</summary>
    private static List<Beam> Keep(List<Beam> beams, int places, EarlyRejectionOptions options)
    {
        List<Beam> ranked = [.. beams.OrderByDescending(beam => beam.Score ?? double.NegativeInfinity).ThenBy(beam => beam.Candidate.Index)];
        int count = options.Threshold is double threshold ? ranked.Count(beam => beam.Score >= threshold) : places;
        var kept = ranked.Take(Math.Max(1, count)).ToHashSet();
        foreach (var siblings in ranked.GroupBy(beam => beam.Parent))
            kept.UnionWith(siblings.Take(options.MinKeepPerParent));
        return [.. beams.Where(kept.Contains)];
    }

    /// <summary>Forks fill the places of the rejected, an equal share of each survivor, the first ones one more if they do not divide.</summary>
    private static List<Beam> Refill(CandidateGroup group, List<Beam> survivors, int places)
    {
        foreach (Beam survivor in survivors)
            survivor.Parent = survivor.Candidate.Index;
        Queue<int> free = new(Enumerable.Range(0, places).Except(survivors.Select(beam => beam.Place)));
        var forks = new List<Beam>();
        for (int i = 0; survivors.Count + forks.Count < places && free.Count > 0; i++)
        {
            Beam parent = survivors[i % survivors.Count];
            // From the end of the step: the token after it, with which the reward came, is the parent's own.
            forks.Add(new Beam(group.Fork(parent.Candidate, parent.StepStart), free.Dequeue(), parent.Candidate.Index));
        }
        return forks;
    }

    private static ValueTask<double?> FullScoreAsync(IPartialScorer scorer, Candidate candidate, ScoringContext scoring, CancellationToken cancellationToken) =>
        scorer is IScorer whole ? scoring.OnceAsync(whole, candidate, cancellationToken) : scorer.ScorePartAsync(candidate, candidate.Tokens.Count, scoring, cancellationToken);

    /// <summary>A candidate on its way.</summary>
    /// <param name="candidate">The candidate.</param>
    /// <param name="place">Its place among the n, its sample number if it is an answer.</param>
    /// <param name="parent">The candidate that it was forked from, or its own place at the beginning.</param>
    private sealed class Beam(Candidate candidate, int place, int parent)
    {
        public Candidate Candidate { get; } = candidate;
        public int Place { get; } = place;
        public int Parent { get; set; } = parent;

        /// <summary>Tokens that its last score has seen.</summary>
        public int Graded { get; private set; }
        public double? Score { get; set; }
        public bool HasEnded => Candidate.FinishReason is not null;

        /// <summary>Where its open step began.</summary>
        public int StepStart => Candidate.Steps.Count > 0 ? Candidate.Steps[^1].EndToken : 0;

        public async Task DecodeToAsync(int limit, bool toStepEnd, CancellationToken cancellationToken)
        {
            if (limit > Candidate.Tokens.Count)
                await Candidate.DecodeAsync(limit - Candidate.Tokens.Count, toStepEnd, cancellationToken);
            Graded = Candidate.Tokens.Count;
            await Candidate.DecodeAsync(1, cancellationToken: cancellationToken);
        }

        /// <summary>Goes to the end of the step that was graded, if it is not past it.</summary>
        public Task FinishStepAsync(CancellationToken cancellationToken) =>
            StepStart >= Graded ? Task.CompletedTask : Candidate.DecodeAsync(toStepEnd: true, cancellationToken: cancellationToken);

        public async Task<Beam> FinishAsync(CancellationToken cancellationToken)
        {
            await Candidate.DecodeAsync(cancellationToken: cancellationToken);
            return this;
        }
    }
}

/// <summary>When candidates are rejected.</summary>
public enum RejectionSchedule
{
    /// <summary>All but the kept ones after tau tokens.</summary>
    Once,

    /// <summary>Half of them after tau tokens, half of the rest at the end of each step that follows, until the kept ones are left.</summary>
    Halving,

    /// <summary>In each step after its first tau tokens, or at its end if that comes first.</summary>
    EveryStep,
}

public sealed record EarlyRejectionOptions : StrategyOptions
{
    [Description("Candidates, when the strategy outside asks for one answer; when it asks for several, those are the candidates.")]
    [Range(1, 256)]
    public int N { get; init; } = 16;

    [Description("How many a rejection leaves; a quarter of the candidates unless given.")]
    [Range(1, 256)]
    public int? Keep { get; init; }

    [Description("Reject whatever scores below this rather than all but the best; the best one always stays.")]
    [Range(-1000.0, 1000.0)]
    public double? Threshold { get; init; }

    [Description("Tokens after which a beginning is scored; 0 to score at the ends of steps only.")]
    [Range(0, 4096)]
    public int Tau { get; init; } = 32;

    [Description("once: one rejection; halving: half of them at tau and at each step end after it; every_step: in every step.")]
    public RejectionSchedule Schedule { get; init; } = RejectionSchedule.Once;

    [Description("Fill the places of the rejected with forks of the survivors, with every_step: the paper's beam search.")]
    public bool Refill { get; init; }

    [Description("Children of every parent that no rejection takes, with refill; 1 for tasks whose steps pay off late.")]
    [Range(0, 16)]
    public int MinKeepPerParent { get; init; }

    [Description("What grades a beginning: process_reward (the model's value head, at no cost), reward_model (another model's), likelihood, or random (the control).")]
    [PluginName(typeof(IPartialScorer))]
    public string Scorer { get; init; } = "process_reward";

    [Description("Name of the model that reward_model asks.")]
    public string? RewardModel { get; init; }

    [Description("How process_reward makes one number of the steps' rewards.")]
    public RewardAggregation Aggregation { get; init; } = RewardAggregation.Last;

    public override int Fanout => N;
    public override bool ServesWholeCall => true;
    public override bool IsInnermost => true;
}
