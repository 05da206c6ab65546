namespace InferenceServer.Strategies.Tests;

public class CandidateGroupTests
{
    private static async Task<GenerationRun> ProbeAsync(StoryModel model, Func<GenerationContext, CandidateGroup, Task<Answer?>> body, int count = 1, GenerationRequest? request = null, Action<TraceEvent>? onEvent = null)
    {
        GenerationRequest asked = (request ?? StoryModel.Request()) with
        {
            Strategies = [new ProbeOptions
            {
                Body = async context =>
                {
                    await using CandidateGroup group = await context.OpenAsync(count);
                    return await body(context, group);
                },
            }],
        };
        GenerationRun run = model.Start(asked, onEvent, catalog: Probe.Catalog);
        await run.RunAsync().ToListAsync();
        await model.AssertNothingLivesAsync();
        return run;
    }

    [Fact]
    public async Task DecodeAsync_WithPauses_SaysWhatItWouldHaveSaidWithout()
    {
        (string, double)[] stories = [("one\n\ntwo\nthree", 1), ("one\nfour\n#### 7", 1), ("two\n#### 9", 1)];
        await using var model = new StoryModel(stories, said => said.Length / 100.0);
        Answer[] plain = await model.SampleAsync(StoryModel.Request(), 6);
        await ProbeAsync(model, async (_, group) =>
        {
            foreach (Candidate candidate in group.Candidates)
            {
                await candidate.DecodeAsync(2);
                Assert.Equal(2, candidate.Tokens.Count);
                await candidate.DecodeAsync(toStepEnd: true);
                Assert.Single(candidate.Steps);
                await candidate.DecodeAsync(1);
                Assert.Equal(candidate.Steps[0].EndToken / 100.0, candidate.RewardAfter(candidate.Steps[0].EndToken), 5);
                await candidate.DecodeAsync();
            }
            Assert.Equal(plain.Select(a => (a.Text, a.Candidate.SumLogProb)), group.Candidates.Select(c => (c.Text, c.SumLogProb)));
            Assert.Equal(plain.Select(a => string.Join('|', a.Candidate.Steps)), group.Candidates.Select(c => string.Join('|', c.Steps)));
            return null;
        }, count: 6);
    }

    [Fact]
    public async Task Append_ForcedText_IsTextAndBilledAsForced()
    {
        await using var model = new StoryModel([("ab: wait\ncd", 1)]);
        var events = new List<TraceEvent>();
        GenerationRun run = await ProbeAsync(model, async (_, group) =>
        {
            Candidate candidate = group.Candidates[0];
            await candidate.DecodeAsync(2);
            Assert.True(candidate.Append(": wait\n"));
            await candidate.DecodeAsync();
            Assert.Equal(("ab: wait\ncd", "stop", 5, 12), (candidate.Text, candidate.FinishReason, candidate.SampledCount, candidate.Tokens.Count));
            Assert.Equal(0, candidate.MeanLogProb, 5);
            return new Answer(candidate, candidate.Text);
        }, onEvent: events.Add);
        Assert.Equal((7, 5, 0, StoryModel.Prompt.Length + 12), (run.Ledger.Forced, run.Ledger.Answer, run.Ledger.Discarded, run.Ledger.Total));
        Assert.Equal(": wait\n", Assert.Single(events.OfType<TextForced>()).Delta);
        double p = model.Model.Size.Parameters, n = run.Ledger.Total - 1;
        // Every token but the end token's successor is computed once, whoever wrote it: 2P each, and attention's triangle.
        Assert.InRange(run.Ledger.EstimatedFlops, 2 * p * n, 2 * p * (n + 2) + 64 * n * n);
    }

    [Fact]
    public async Task Append_NoRoomLeft_IsRefusedAndChangesNothing()
    {
        await using var model = new StoryModel([("abcdef", 1)]);
        await ProbeAsync(model, async (_, group) =>
        {
            Candidate candidate = group.Candidates[0];
            await candidate.DecodeAsync(2);
            Assert.False(candidate.Append("12345678"));
            await candidate.DecodeAsync();
            Assert.Equal("abcdef", candidate.Text);
            Assert.Throws<InvalidOperationException>(() => candidate.Append("x"));
            return null;
        }, request: StoryModel.Request() with { MaxTokens = 10 });
    }

    [Fact]
    public async Task Rewind_EndedCandidate_GoesOnAndDroppedTokensAreDiscarded()
    {
        await using var model = new StoryModel([("a\nb", 1), ("a\nb\nc", 0.000001)]);
        GenerationRun run = await ProbeAsync(model, async (_, group) =>
        {
            Candidate candidate = group.Candidates[0];
            await candidate.DecodeAsync();
            Assert.Equal("stop", candidate.FinishReason);
            candidate.Rewind(3);
            Assert.Equal(("a\nb", null, 1), (candidate.Text, candidate.FinishReason, candidate.Steps.Count));
            Assert.True(candidate.Append("\n"));
            await candidate.DecodeAsync();
            Assert.Equal(("a\nb\nc", "stop"), (candidate.Text, candidate.FinishReason));
            return new Answer(candidate, candidate.Text);
        });
        Assert.Equal((5, 1, 1), (run.Ledger.Answer, run.Ledger.Discarded, run.Ledger.Forced));
        Assert.Equal(run.Ledger.Prompt + 7, run.Ledger.Total);
    }

    [Fact]
    public async Task Fork_OfACandidate_SharesItsTextAndItsTokensAreAnswerOfTheFork()
    {
        await using var model = new StoryModel([("abc1", 1), ("abc2", 1)]);
        GenerationRun run = await ProbeAsync(model, async (_, group) =>
        {
            Candidate parent = group.Candidates[0];
            await parent.DecodeAsync(3);
            Candidate[] forks = [.. Enumerable.Range(0, 8).Select(_ => group.Fork(parent))];
            await Task.WhenAll(forks.Select(fork => fork.DecodeAsync()));
            Assert.Equal(["abc1", "abc2"], forks.Select(fork => fork.Text).Distinct().Order());
            Assert.Throws<ArgumentOutOfRangeException>(() => forks[0].Rewind(2));
            await group.ReleaseAsync(parent, "forked");
            return new Answer(forks[1], forks[1].Text);
        });
        // Three inherited tokens, the digit and the end token; seven siblings' own two tokens each.
        Assert.Equal((5, 14), (run.Ledger.Answer, run.Ledger.Discarded));
        Assert.All(run.Ledger.Candidates.Skip(1), c => Assert.Equal((0, 2), (c.Parent, c.Tokens)));
    }

    [Fact]
    public async Task OpenAsync_EngineRefuses_LeavesNoSequenceBehind()
    {
        await using var model = new StoryModel([("a", 1)], options: new() { MaxSequences = 3 });
        await Assert.ThrowsAsync<Engine.EngineOverloadedException>(() => ProbeAsync(model, (_, _) => Task.FromResult<Answer?>(null), count: 4));
        await model.AssertNothingLivesAsync();
    }
}
