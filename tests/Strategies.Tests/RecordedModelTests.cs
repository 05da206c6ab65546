using InferenceServer.Engine.Sampling;
using InferenceServer.Strategies.Recording;

namespace InferenceServer.Strategies.Tests;

/// <summary>A recorded run answers for the model, and nobody can tell from the outcome.</summary>
public class RecordedModelTests
{
    private static readonly (string, double)[] Stories = [("first step\nthen more\n#### 5", 3), ("another way\nto go\n#### 6", 2), ("short\n#### 7", 2), ("never an end in sight, not even here", 1)];

    private static double Value(string said) => said.Length * 7 % 10 / 10.0;

    [Fact]
    public async Task Start_TheSamePlan_AsksTheModelForNothing()
    {
        await using var model = new StoryModel(Stories, Value);
        GenerationRequest request = StoryModel.Request(new BestOfNOptions { N = 6 });
        RunRecording recording = await RecordAsync(model, request);
        long steps = model.Decoder.Steps;
        var recorded = new RecordedModel(model.Model, request.Sampling, recording.Candidates);
        await AssertSameAsync(model, recorded, request, steps);
        Assert.Equal((6, recording.Candidates.Sum(c => c.Tokens.Count)), (recorded.ReusedCandidates, recorded.ReusedTokens));
    }

    [Fact]
    public async Task Start_AnotherSelector_AsksTheModelForNothing()
    {
        await using var model = new StoryModel(Stories, Value);
        GenerationRequest request = StoryModel.Request(new BestOfNOptions { N = 6 });
        RunRecording recording = await RecordAsync(model, request);
        long steps = model.Decoder.Steps;
        var recorded = new RecordedModel(model.Model, request.Sampling, recording.Candidates);
        await AssertSameAsync(model, recorded, StoryModel.Request(new BestOfNOptions { N = 6, Select = "process_reward" }), steps);
        await AssertSameAsync(model, new RecordedModel(model.Model, request.Sampling, recording.Candidates), StoryModel.Request(new SelfConsistencyOptions { N = 6 }), steps: null);
    }

    [Fact]
    public async Task Start_MoreCandidates_ComputesOnlyThose()
    {
        await using var model = new StoryModel(Stories, Value);
        GenerationRequest request = StoryModel.Request(new BestOfNOptions { N = 4 });
        RunRecording recording = await RecordAsync(model, request);
        var recorded = new RecordedModel(model.Model, request.Sampling, recording.Candidates);
        long sampled = model.Engine.Statistics.SampledTokens;
        (List<Answer> answers, RunRecording again) = await RunAsync(recorded, StoryModel.Request(new BestOfNOptions { N = 9 }));
        long computed = model.Engine.Statistics.SampledTokens - sampled;
        Assert.Equal(4, recorded.ReusedCandidates);
        Assert.Equal(again.Candidates.Skip(4).Sum(c => (long)c.Tokens.Count), computed);
        await AssertSameAsync(model, new RecordedModel(model.Model, request.Sampling, recording.Candidates), StoryModel.Request(new BestOfNOptions { N = 9 }), steps: null);
        Assert.NotEmpty(answers);
    }

    [Theory]
    [InlineData(RejectionSchedule.Once, false)]
    [InlineData(RejectionSchedule.Halving, false)]
    [InlineData(RejectionSchedule.EveryStep, true)]
    public async Task Start_RejectedCandidates_GoOnWhereTheyWereRejected(RejectionSchedule schedule, bool refill)
    {
        await using var model = new StoryModel(Stories, Value);
        GenerationRequest request = StoryModel.Request(new EarlyRejectionOptions { N = 8, Keep = 2, Tau = 4, Schedule = schedule, Refill = refill });
        RunRecording recording = await RecordAsync(model, request);
        Assert.Contains(recording.Candidates, candidate => candidate.Rejected is not null);
        await AssertSameAsync(model, new RecordedModel(model.Model, request.Sampling, recording.Candidates), StoryModel.Request(new BestOfNOptions { N = 8, Select = "process_reward" }), steps: null);
        await AssertSameAsync(model, new RecordedModel(model.Model, request.Sampling, recording.Candidates), StoryModel.Request(new EarlyRejectionOptions { N = 8, Keep = 3, Tau = 9, Schedule = schedule, Refill = refill }), steps: null);
        long steps = model.Decoder.Steps;
        await AssertSameAsync(model, new RecordedModel(model.Model, request.Sampling, recording.Candidates), request, steps);
    }

    [Fact]
    public async Task Start_ForcedTextAndRewinds_AreSeenThroughAndServedAgain()
    {
        await using var model = new StoryModel(_ => Stories, Value);
        GenerationRequest request = StoryModel.Chat("How many?", new EchoicPromptingOptions { FirstStage = 6 });
        RunRecording recording = await RecordAsync(model, request);
        Assert.Contains(recording.Candidates.SelectMany(c => c.Tokens), token => float.IsNaN(token.LogProb));
        long steps = model.Decoder.Steps;
        await AssertSameAsync(model, new RecordedModel(model.Model, request.Sampling, recording.Candidates), request, steps);
        await AssertSameAsync(model, new RecordedModel(model.Model, request.Sampling, recording.Candidates), StoryModel.Chat("How many?", new EchoicPromptingOptions { FirstStage = 14 }), steps: null);
        await AssertSameAsync(model, new RecordedModel(model.Model, request.Sampling, recording.Candidates), StoryModel.Chat("How many?"), steps: null);
    }

    [Fact]
    public async Task Start_OtherSamplingPromptOrPenalties_ReusesNothing()
    {
        await using var model = new StoryModel(Stories, Value);
        GenerationRequest request = StoryModel.Request(new BestOfNOptions { N = 3 });
        RunRecording recording = await RecordAsync(model, request);
        GenerationRequest[] others =
        [
            request with { Sampling = request.Sampling with { Temperature = 0.7f } },
            request with { Sampling = request.Sampling with { Seed = 8 } },
            request with { Prompt = StoryModel.Prompt.AsMemory()[..^1] },
        ];
        foreach (GenerationRequest other in others)
        {
            var recorded = new RecordedModel(model.Model, request.Sampling, recording.Candidates);
            await AssertSameAsync(model, recorded, other, steps: null);
            Assert.Equal((0, 0L), (recorded.ReusedCandidates, recorded.ReusedTokens));
        }
        SamplingOptions penalties = request.Sampling with { FrequencyPenalty = 0.5f };
        var penalised = new RecordedModel(model.Model, penalties, recording.Candidates);
        await AssertSameAsync(model, penalised, request with { Sampling = penalties }, steps: null);
        Assert.Equal(0, penalised.ReusedCandidates);
    }

    /// <summary>The recorded model gives what the model alone does, to the last bit.</summary>
    /// <param name="steps">If given, the steps that the model has done: it does no more.</param>
    private static async Task AssertSameAsync(StoryModel model, RecordedModel recorded, GenerationRequest request, long? steps)
    {
        (List<Answer> answers, RunRecording recording) = await RunAsync(recorded, request);
        if (steps is not null)
            Assert.Equal(steps, model.Decoder.Steps);
        (List<Answer> expected, RunRecording alone) = await RunAsync(model.Model, request);
        Assert.Equal((expected[^1].Text, expected[^1].Score, expected[^1].Candidate.Index), (answers[^1].Text, answers[^1].Score, answers[^1].Candidate.Index));
        foreach ((RecordedCandidate a, RecordedCandidate b) in alone.Candidates.Zip(recording.Candidates))
        {
            Assert.Equal(a.Stream, b.Stream);
            int common = a.Rejected is null && b.Rejected is null ? Math.Max(a.Tokens.Count, b.Tokens.Count) : Math.Min(a.Tokens.Count, b.Tokens.Count);
            Assert.Equal(a.Tokens.Take(common), b.Tokens.Take(common));
        }
        await model.AssertNothingLivesAsync();
    }

    private static async Task<RunRecording> RecordAsync(StoryModel model, GenerationRequest request) => (await RunAsync(model.Model, request)).Recording;

    private static async Task<(List<Answer> Answers, RunRecording Recording)> RunAsync(ILanguageModel model, GenerationRequest request)
    {
        var recording = new RunRecording();
        GenerationRun run = new StrategyPipeline(StrategyCatalog.BuiltIn, TimeProvider.System).Start(model, request, recording.Add);
        return (await run.RunAsync().ToListAsync(), recording);
    }
}
