using InferenceServer.Engine.Sampling;
using InferenceServer.Strategies.Steps;

namespace InferenceServer.Strategies.Tests;

public class CandidateTests
{
    private static async Task<Candidate> OnlyAsync(StoryModel model, GenerationRequest? request = null) => Assert.Single(await model.RunAsync(request ?? StoryModel.Request())).Candidate;

    [Fact]
    public async Task Decode_WholeStory_HasTextTokensAndSteps()
    {
        // A value that tells how much text it has seen shows where each reward was read.
        await using var model = new StoryModel([("1+1=2\n\n2+3=5\n#### 5", 1)], value: said => said.Length / 100.0);
        Candidate candidate = await OnlyAsync(model);
        Assert.Equal(("1+1=2\n\n2+3=5\n#### 5", "stop", false), (candidate.Text, candidate.FinishReason, candidate.IsCut));
        Assert.Equal(20, candidate.Tokens.Count);
        Assert.Equal(Bytes.End, candidate.Tokens[^1].Id);
        Assert.Equal([("1+1=2", 0, 6, 0.06), ("2+3=5", 7, 13, 0.13), ("#### 5", 13, 19, 0.19)],
            candidate.Steps.Select(s => (s.Text, s.FirstToken, s.EndToken, Math.Round(s.Reward, 4))));
        Assert.Equal("5", candidate.Extracted!.Text);
        Assert.Equal(0, candidate.MeanLogProb, 5);
    }

    [Fact]
    public async Task Decode_LikelierStory_HasTheLogProbOfItsChoice()
    {
        await using var model = new StoryModel([("a1", 3), ("b22", 1)]);
        foreach (Answer answer in await model.SampleAsync(StoryModel.Request(), 8))
        {
            double probability = answer.Text == "a1" ? 0.75 : 0.25;
            Assert.Equal(Math.Log(probability), answer.Candidate.SumLogProb, 5);
            Assert.Equal(Math.Log(probability) / (answer.Text.Length + 1), answer.Candidate.MeanLogProb, 5);
        }
    }

    [Fact]
    public async Task Decode_ReachesMaxTokens_EndsByLength()
    {
        await using var model = new StoryModel([("abcdef", 1)], value: said => said.Length / 100.0);
        Candidate candidate = await OnlyAsync(model, StoryModel.Request() with { MaxTokens = 4 });
        Assert.Equal(("abcd", "length", false, 4), (candidate.Text, candidate.FinishReason, candidate.IsCut, candidate.Tokens.Count));
        ReasoningStep step = Assert.Single(candidate.Steps);
        Assert.Equal((0, 4, 0.03), (step.FirstToken, step.EndToken, Math.Round(step.Reward, 4)));
    }

    [Fact]
    public async Task Decode_ContextFull_EndsByLength()
    {
        await using var model = new StoryModel([("abcdefghijklmnop", 1)], capacity: StoryModel.Prompt.Length + 6);
        Candidate candidate = await OnlyAsync(model);
        Assert.Equal(("abcdef", "length"), (candidate.Text, candidate.FinishReason));
    }

    [Fact]
    public async Task Decode_StopString_EndsBeforeItAndCountsWhatWasSampled()
    {
        await using var model = new StoryModel([("one\ntwo END three four five", 1)]);
        GenerationRun run = model.Start(StoryModel.Request() with { Stop = ["ENX", "END"] });
        Answer answer = Assert.Single(await run.RunAsync().ToListAsync());
        Assert.Equal(("one\ntwo ", "stop"), (answer.Text, answer.Candidate.FinishReason));
        Assert.Equal(["one", "two "], answer.Candidate.Steps.Select(s => s.Text));
        Assert.Equal([(0, 4), (4, 8)], answer.Candidate.Steps.Select(s => (s.FirstToken, s.EndToken)));
        Assert.Equal("one\ntwo END".Length, run.Ledger.Answer);
    }

    [Fact]
    public async Task Decode_StopStringNeverCompleted_ReleasesWhatWasHeldBack()
    {
        await using var model = new StoryModel([("one EN", 1)]);
        Assert.Equal("one EN", (await OnlyAsync(model, StoryModel.Request() with { Stop = ["END"] })).Text);
    }

    [Fact]
    public async Task Decode_EndTokenIgnored_GoesOn()
    {
        await using var model = new StoryModel([("ab", 1)]);
        Candidate candidate = await OnlyAsync(model, StoryModel.Request() with { IgnoreEndToken = true, MaxTokens = 5 });
        Assert.Equal("length", candidate.FinishReason);
        Assert.Equal(5, candidate.Tokens.Count);
    }

    [Fact]
    public async Task Trace_Characters_ArriveWholeAndAddUpToTheText()
    {
        await using var model = new StoryModel([("5 €\nüber 🙂", 1)]);
        var events = new List<TraceEvent>();
        Answer answer = Assert.Single(await model.Start(StoryModel.Request() with { Stop = ["🙂🙂"] }, events.Add).RunAsync().ToListAsync());
        string[] deltas = [.. events.OfType<TextSampled>().Select(e => e.Delta)];
        Assert.Equal("5 €\nüber 🙂", answer.Text);
        Assert.Equal(answer.Text, string.Concat(deltas));
        Assert.DoesNotContain(deltas, delta => delta.Contains('�', StringComparison.Ordinal));
        Assert.Equal(answer.Candidate.Tokens.Select(t => t.Id), events.OfType<TextSampled>().Where(e => e.Token is not null).Select(e => e.Token!.Value.Id));
        Assert.Equal(["5 €", "über 🙂"], events.OfType<StepEnded>().Select(e => e.Text));
        Assert.IsType<CandidateStarted>(events[0]);
        Assert.Equal("stop", Assert.IsType<CandidateFinished>(events[^2]).FinishReason);
        Assert.Equal(answer.Text, Assert.IsType<AnswerImproved>(events[^1]).Text);
    }

    [Fact]
    public async Task Decode_Greedy_TakesTheLikeliestStory()
    {
        await using var model = new StoryModel([("a1", 1), ("b2", 2)]);
        Assert.Equal("b2", (await OnlyAsync(model, StoryModel.Request() with { Sampling = SamplingOptions.Greedy })).Text);
    }
}
