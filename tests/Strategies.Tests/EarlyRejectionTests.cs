using InferenceServer.Engine.Decoding;
using InferenceServer.Engine.Sampling;
using InferenceServer.Strategies.Scoring;

namespace InferenceServer.Strategies.Tests;

public class EarlyRejectionTests
{
    /// <summary>Sixteen stories told equally often, of four lines; the first letter is how good each is.</summary>
    private static readonly (string, double)[] Stories = [.. Enumerable.Range(0, 16).Select(i => ($"{(char)('a' + i)}bcdefghij\nline two\nline three\n#### {i}", 1.0))];

    /// <summary>0.1 and up by the first letter, so the best story can be told from its first token on.</summary>
    private static double ByLetter(string said) => said.Length == 0 ? 0.05 : (said[0] - 'a' + 1) / 20.0;

    private static async Task<GenerationRun> RunAsync(StoryModel model, List<Answer> answers, params StrategyOptions[] plan)
    {
        GenerationRun run = model.Start(StoryModel.Request(plan));
        answers.AddRange(await run.RunAsync().ToListAsync());
        await model.AssertNothingLivesAsync();
        return run;
    }

    private static async Task<(Answer Last, GenerationRun Run)> LastAsync(StoryModel model, params StrategyOptions[] plan)
    {
        var answers = new List<Answer>();
        GenerationRun run = await RunAsync(model, answers, plan);
        return (answers[^1], run);
    }

    [Theory]
    [InlineData(1, 4)]
    [InlineData(5, 1)]
    [InlineData(11, 2)]
    public async Task RunAsync_Once_KeepsTheBestAtExactlyTauTokens(int tau, int keep)
    {
        await using var model = new StoryModel(Stories, ByLetter, slots: 8);
        Answer[] all = await model.SampleAsync(StoryModel.Request(), 8);
        var (last, run) = await LastAsync(model, new EarlyRejectionOptions { N = 8, Keep = keep, Tau = tau });
        Assert.Equal(all.Max(a => a.Text), last.Text);
        // The kept ones are told to their end; the others have cost tau tokens and the one with which the reward comes.
        var kept = run.Ledger.Candidates.Where(c => c.FinishReason == "stop").ToList();
        Assert.Equal(all.OrderByDescending(a => a.Text[0]).ThenBy(a => a.Sample).Take(keep).Select(a => a.Sample).Order(), kept.Select(c => c.Candidate));
        Assert.All(run.Ledger.Candidates.Except(kept), c => Assert.Equal((tau + 1, "aborted"), (c.Tokens, c.FinishReason)));
        Assert.Equal(kept.Sum(c => c.Tokens) + (8 - keep) * (tau + 1), run.Ledger.Answer + run.Ledger.Discarded);
        Assert.Equal(0, run.Ledger.Scorer);
    }

    [Fact]
    public async Task RunAsync_PartialReward_IsThatOfExactlyTauTokens()
    {
        await using var model = new StoryModel(Stories, said => said.Length / 100.0);
        var scores = new List<double>();
        await model.Start(StoryModel.Request(new EarlyRejectionOptions { N = 4, Keep = 1, Tau = 7 }), e =>
        {
            if (e is CandidateScored scored)
                scores.Add(Math.Round(scored.Score, 4));
        }).RunAsync().ToListAsync();
        Assert.Equal([0.07, 0.07, 0.07, 0.07], scores.Take(4));
    }

    [Fact]
    public async Task ReleaseAsync_RejectedCandidate_ItsRowIsAnothersInTheNextStep()
    {
        // One row. The first candidate holds it and the second waits; the first is rejected during a step, and the very next one computes the second.
        await using var model = new StoryModel([(new string('a', 60), 1)], slots: 1);
        GenerationRun run = model.Start(StoryModel.Request(new ProbeOptions
        {
            Body = async context =>
            {
                await using CandidateGroup group = await context.OpenAsync(2);
                Candidate first = group.Candidates[0], second = group.Candidates[1];
                long rejectedAt = 0, secondAt = 0;
                model.Decoder.OnForward = plan =>
                {
                    // By the engine's steps, not by what its reader has seen: the engine does not wait for readers.
                    if (rejectedAt == 0 && model.Decoder.Steps >= 5)
                    {
                        Assert.Empty(second.Tokens);
                        _ = group.ReleaseAsync(first, "rejected").AsTask();
                        rejectedAt = model.Decoder.Steps;
                    }
                    else if (rejectedAt > 0 && secondAt == 0 && Holds(plan, StoryModel.Prompt.Length - 1))
                        secondAt = model.Decoder.Steps;
                };
                Task decoding = first.DecodeAsync();
                Task waiting = second.DecodeAsync();
                await Assert.ThrowsAsync<Engine.SequenceAbortedException>(() => decoding);
                await waiting;
                Assert.Equal(rejectedAt + 1, secondAt);
                return null;
            },
        }), catalog: Probe.Catalog);
        await run.RunAsync().ToListAsync();
        await model.AssertNothingLivesAsync();

        // Whether the plan computes a token at this position: the second candidate's first is the prompt's last.
        static bool Holds(StepPlan plan, int position) => plan.DecodePositions.Take(plan.DecodeRows).Contains(position) || plan.Chunks.Any(c => c.Start <= position && position < c.Start + c.Count);
    }

    [Fact]
    public async Task RunAsync_Halving_HalvesAtEachStepEnd()
    {
        await using var model = new StoryModel(Stories, ByLetter, slots: 16);
        var (last, run) = await LastAsync(model, new EarlyRejectionOptions { N = 16, Keep = 2, Tau = 3, Schedule = RejectionSchedule.Halving });
        Answer[] all = await model.SampleAsync(StoryModel.Request(), 16);
        Assert.Equal(all.Max(a => a.Text), last.Text);
        // Eight go after three tokens and the one after; four at the end of the first line, two at that of the second.
        Assert.Equal([4, 4, 4, 4, 4, 4, 4, 4, 12, 12, 12, 12, 21, 21], run.Ledger.Candidates.Where(c => c.FinishReason == "aborted").Select(c => c.Tokens).Order());
        Assert.Equal(2, run.Ledger.Candidates.Count(c => c.FinishReason == "stop"));
    }

    [Fact]
    public async Task RunAsync_Threshold_RejectsWhatScoresBelowItButNeverAll()
    {
        await using var model = new StoryModel(Stories, ByLetter, slots: 16);
        Answer[] all = await model.SampleAsync(StoryModel.Request(), 16);
        var (_, run) = await LastAsync(model, new EarlyRejectionOptions { N = 16, Threshold = 0.5, Tau = 2 });
        Assert.Equal(all.Count(a => a.Text[0] >= 'j'), run.Ledger.Candidates.Count(c => c.FinishReason == "stop"));
        (Answer last, run) = await LastAsync(model, new EarlyRejectionOptions { N = 16, Threshold = 0.99, Tau = 2 });
        Assert.Single(run.Ledger.Candidates, c => c.FinishReason == "stop");
        Assert.Equal(all.Max(a => a.Text), last.Text);
    }

    [Fact]
    public async Task RunAsync_EveryStepWithRefill_FillsFreedRowsWithForksOfSurvivors()
    {
        // Every line is drawn anew: a good start can be continued well or badly.
        (string, double)[] tree = [.. from a in "xyz" from b in "xyz" from c in "xyz" select ($"{a}\n{b}\n{c}", 1.0)];
        await using var model = new StoryModel(tree, said => 0.1 + said.Count(c => c == 'z') * 0.2 - said.Count(c => c == 'x') * 0.02, slots: 6);
        var (last, run) = await LastAsync(model, new EarlyRejectionOptions { N = 6, Keep = 2, Tau = 0, Schedule = RejectionSchedule.EveryStep, Refill = true });
        Assert.Equal("z\nz\nz", last.Text);
        int[] forks = [.. run.Ledger.Candidates.Where(c => c.Parent is not null).Select(c => c.Candidate)];
        Assert.Equal(8, forks.Length);
        // Never more than six at once, so that no row of others is taken.
        Assert.True(run.Ledger.Answer >= 6 && run.Ledger.Candidates.Count == 14);
    }

    [Fact]
    public async Task RunAsync_TauBeyondEveryStep_EqualsScoringAtStepEnds()
    {
        (string, double)[] tree = [.. from a in "xyz" from b in "xyz" from c in "xyz" select ($"{a}a\n{b}b\n{c}c", 1.0)];
        await using var model = new StoryModel(tree, said => 0.1 + said.Count(c => c == 'z') * 0.2, slots: 6);
        for (ulong seed = 0; seed < 8; seed++)
        {
            var texts = new List<string>();
            foreach (int tau in (int[])[0, 50])
            {
                GenerationRequest request = StoryModel.Request(new EarlyRejectionOptions { N = 6, Keep = 2, Tau = tau, Schedule = RejectionSchedule.EveryStep, Refill = true });
                GenerationRun run = model.Start(request with { Sampling = new SamplingOptions { Seed = seed } });
                Answer answer = (await run.RunAsync().ToListAsync())[^1];
                texts.Add($"{answer.Text} {answer.Score} {run.Ledger.Total}");
            }
            Assert.Equal(texts[0], texts[1]);
        }
    }

    [Fact]
    public async Task RunAsync_MinKeepPerParent_LeavesEveryParentAChild()
    {
        (string, double)[] tree = [.. from a in "xyz" from b in "xyz" from c in "xyz" select ($"{a}\n{b}\n{c}", 1.0)];
        await using var model = new StoryModel(tree, said => 0.1 + said.Count(c => c == 'z') * 0.2, slots: 9);
        var options = new EarlyRejectionOptions { N = 9, Keep = 3, Tau = 0, Schedule = RejectionSchedule.EveryStep, Refill = true };
        var (_, without) = await LastAsync(model, options);
        var (_, with) = await LastAsync(model, options with { MinKeepPerParent = 1 });
        int Rejected(GenerationRun run) => run.Ledger.Candidates.Count(c => c.FinishReason == "aborted" && c.Parent is null);
        // At the first rejection every root is its own parent, so none may go.
        Assert.Equal((6, 0), (Rejected(without), Rejected(with)));
    }

    [Fact]
    public async Task RunAsync_InsideBestOfN_ServesItsSamplesAndItSelectsAmongTheSurvivors()
    {
        await using var model = new StoryModel(Stories, ByLetter, slots: 8);
        var firsts = new SortedDictionary<int, char>();
        GenerationRun run = model.Start(StoryModel.Request(new BestOfNOptions { N = 12, Select = "process_reward" }, new EarlyRejectionOptions { Keep = 3, Tau = 4, N = 8 }), e =>
        {
            if (e is TextSampled { Delta.Length: > 0 } text)
                firsts.TryAdd(text.Candidate, text.Delta[0]);
        });
        Answer last = (await run.RunAsync().ToListAsync())[^1];
        Assert.Equal(12, firsts.Count);
        Assert.Equal(3, run.Ledger.Candidates.Count(c => c.FinishReason == "stop"));
        Assert.Equal((firsts.Values.Max(), firsts.MaxBy(first => first.Value).Key), (last.Text[0], last.Sample));
        await model.AssertNothingLivesAsync();
    }

    [Fact]
    public async Task RunAsync_RandomScorer_IsTheSameForTheSameSeed()
    {
        await using var model = new StoryModel(Stories, ByLetter, slots: 8);
        var plan = new EarlyRejectionOptions { N = 8, Keep = 2, Tau = 4, Scorer = "random" };
        var (first, run) = await LastAsync(model, plan);
        var (second, _) = await LastAsync(model, plan);
        Assert.Equal((first.Text, first.Score), (second.Text, second.Score));
        Assert.Equal(2, run.Ledger.Candidates.Count(c => c.FinishReason == "stop"));
    }

    [Fact]
    public async Task RunAsync_SeparateRewardModel_GradesAndIsBilledAsScorer()
    {
        await using var model = new StoryModel(Stories, slots: 8);
        await using var judge = new StoryModel(Stories, ByLetter, slots: 8);
        var catalog = new StrategyCatalog(new Plugins.PluginCatalog([typeof(Plain).Assembly], new Services { Models = { ["prm"] = judge.Model, ["headless"] = model.Model } }));
        GenerationRequest request = StoryModel.Request(new EarlyRejectionOptions { N = 8, Keep = 2, Tau = 4, Scorer = "reward_model", RewardModel = "prm" });
        GenerationRun run = model.Start(request, catalog: catalog);
        Answer last = (await run.RunAsync().ToListAsync())[^1];
        Assert.Equal((await model.SampleAsync(StoryModel.Request(), 8)).Max(a => a.Text), last.Text);
        // Eight beginnings of the prompt and four tokens, two whole texts; what the judge's cache held is not counted.
        Assert.InRange(run.Ledger.Scorer, 8 * 4, 8 * (StoryModel.Prompt.Length + 4) + 2 * (StoryModel.Prompt.Length + 60));
        Assert.True(run.Ledger.ScorerFlops > 0);
        Assert.Equal(run.Ledger.Prompt + run.Ledger.Answer + run.Ledger.Discarded + run.Ledger.Scorer, run.Ledger.Total);
        await judge.AssertNothingLivesAsync();

        Refused(new() { Scorer = "reward_model" }, "reward_model");
        Refused(new() { Scorer = "reward_model", RewardModel = "nobody" }, "reward_model");
        Refused(new() { Scorer = "reward_model", RewardModel = "headless" }, "reward_model");

        void Refused(EarlyRejectionOptions options, string field) =>
            Assert.Equal($"strategies[0].{field}", Assert.Throws<StrategyPlanException>(() => model.Start(StoryModel.Request(options), catalog: catalog)).Path);
    }

    [Theory]
    [InlineData(RejectionSchedule.Once)]
    [InlineData(RejectionSchedule.Halving)]
    [InlineData(RejectionSchedule.EveryStep)]
    public async Task RunAsync_BudgetOrClientGone_LeavesNoSequenceBehind(RejectionSchedule schedule)
    {
        await using var model = new StoryModel(Stories, ByLetter, slots: 4);
        var plan = new EarlyRejectionOptions { N = 8, Keep = 2, Tau = 3, Schedule = schedule };
        for (int tokens = 1; tokens < 200; tokens += 23)
        {
            GenerationRun run = model.Start(StoryModel.Request(plan) with { Budget = new() { MaxTotalTokens = StoryModel.Prompt.Length + tokens } });
            Answer last = (await run.RunAsync().ToListAsync())[^1];
            Assert.Contains(Stories, story => story.Item1.StartsWith(last.Text, StringComparison.Ordinal));
            await model.AssertNothingLivesAsync();
        }
        using var cancel = new CancellationTokenSource();
        long start = model.Decoder.Steps;
        model.Decoder.OnForward = _ =>
        {
            if (model.Decoder.Steps == start + 12)
                cancel.Cancel();
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await model.Start(StoryModel.Request(plan)).RunAsync(cancel.Token).ToListAsync());
        await model.AssertNothingLivesAsync();
    }

    [Fact]
    public async Task Start_PlanThatCannotWork_IsRefusedBeforeATokenIsSpent()
    {
        await using StoryModel model = new(Stories, ByLetter), headless = new(Stories);
        Refused(model, "strategies[0].refill", new EarlyRejectionOptions { Refill = true });
        Refused(model, "strategies[0].keep", new EarlyRejectionOptions { N = 4, Keep = 5 });
        Refused(model, "strategies[1]", new EarlyRejectionOptions(), new BestOfNOptions());
        Refused(model, "strategies[1]", new HeartOptions { Rounds = 16 }, new EarlyRejectionOptions { N = 64 });
        Refused(headless, "strategies[0].scorer", new EarlyRejectionOptions());
        model.Start(StoryModel.Request(new BestOfNOptions { N = 256 }, new EarlyRejectionOptions { N = 16, Keep = 20 }));
        Assert.Equal((0, 0), (model.Decoder.Steps, headless.Decoder.Steps));

        static void Refused(StoryModel model, string path, params StrategyOptions[] plan) =>
            Assert.Equal(path, Assert.Throws<StrategyPlanException>(() => model.Start(StoryModel.Request(plan))).Path);
    }
}
