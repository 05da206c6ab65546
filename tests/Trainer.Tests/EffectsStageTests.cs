using InferenceServer.Modeling;
using InferenceServer.Shared;
using InferenceServer.Trainer.Effects;
using InferenceServer.Trainer.Formats;
using InferenceServer.Trainer.Models;
using InferenceServer.Trainer.Recipes;
using InferenceServer.Trainer.Rollouts;
using InferenceServer.Trainer.Stages;
using InferenceServer.Trainer.Tasks;
using InferenceServer.Trainer.Tokenizing;

namespace InferenceServer.Trainer.Tests;

/// <summary>With a decoder that was not trained: what it writes is noise, and what it is asked is what counts.</summary>
public sealed class EffectsStageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly RecipeRun _run;
    private readonly string _policy;

    public EffectsStageTests()
    {
        _run = new(RecipeTests.Tiny(), _folder.File("run"));
        TokenizerStage.Run(_run);
        _policy = _folder.File("model");
        Directory.CreateDirectory(_policy);
        var config = _run.Config(valueHead: false);
        config.Save(Path.Combine(_policy, "config.json"));
        File.Copy(_run.TokenizerPath, Path.Combine(_policy, "tokenizer.json"));
        ChatFormat.SaveTokenizerConfig(Path.Combine(_policy, "tokenizer_config.json"), config.ContextLength);
        SafeTensorsWriter.Write(Path.Combine(_policy, SafeTensors.FileName), ModelLayout.For(config), new InitialWeights(config, 1), new Dictionary<string, string>());
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task RunAsync_Again_TakesWhatWasSampledAndReportsTheSame()
    {
        File.WriteAllText(_folder.File("gsm8k.jsonl"), "{\"question\": \"Why?\", \"answer\": \"#### 3\"}\n{\"question\": \"" + string.Concat(Enumerable.Repeat("Too long. ", 999)) + "\", \"answer\": \"#### 3\"}\n");
        EffectsOptions options = new(Problems: 3, Samples: 2, Only: [], Gsm8k: _folder.File("gsm8k.jsonl"));
        List<string> asked = [];
        var first = await EffectsStage.RunAsync(_run, _policy, options, (name, count) => { asked.Add($"{name} {count}"); return () => { }; }, default);
        Assert.Equal([.. EffectsStage.Names, "gsm8k"], first.Effects.Select(effect => effect.Name));
        Assert.Equal(["direct 3", "families 2", "countdown 2", "echo 3", "hint 3", "feedback 3", "recovery 3", "preview 3", "unknown 2", "gsm8k 1"], asked);
        Assert.Contains("of which 1 do not fit the context", first.Effects[^1].Idea);
        Assert.All(first.Effects.Where(effect => effect.Name != "feedback"), effect => Assert.True(effect.Tokens > 0 && effect.PromptTokens > 0, effect.Name));

        string[] files = [.. Directory.GetFiles(_run.Folder, "effects-*.jsonl").Order()];
        Assert.Equal(10, files.Length);
        var written = files.Select(File.GetLastWriteTimeUtc).ToArray();
        var second = await EffectsStage.RunAsync(_run, _policy, options, null, default);
        Assert.Equal(first.Markdown(), second.Markdown());
        Assert.Equal(written, files.Select(File.GetLastWriteTimeUtc));

        // The same again from nothing: what is sampled does not depend on what else is in flight.
        foreach (string file in files)
            File.Delete(file);
        Assert.Equal(first.Markdown(), (await EffectsStage.RunAsync(_run, _policy, options, null, default)).Markdown());
    }

    [Fact]
    public async Task RunAsync_Only_AsksNothingElse()
    {
        var report = await EffectsStage.RunAsync(_run, _policy, new(2, 2, ["unknown", "countdown"]), null, default);
        Assert.Equal(["countdown", "unknown"], report.Effects.Select(effect => effect.Name));
        Assert.Equal(2, Directory.GetFiles(_run.Folder, "effects-*.jsonl").Length);
    }

    [Theory]
    [InlineData(99, 4, "hint", "--problems 99: there are 6")]
    [InlineData(2, 1, "hint", "--samples 1")]
    [InlineData(2, 2, "poem", "--only poem: the comparisons are direct, families,")]
    public async Task RunAsync_OptionThatMakesNoSense_IsRefused(int problems, int samples, string only, string expected) =>
        Assert.Contains(expected, (await Assert.ThrowsAsync<RecipeException>(() => EffectsStage.RunAsync(_run, _policy, new(problems, samples, [only]), null, default))).Message);

    [Fact]
    public async Task AskAsync_FirstAttemptRightOrWrong_GetsItsFeedback()
    {
        var problem = _run.HeldOut.Templates.First(p => p.Steps.Count > 1);
        string wrong = SolutionFlaw.Plant(problem, new ProblemRandom(1, 1), FlawKind.WrongCalculation)!.Solution;
        Trial[] direct = [Direct(wrong), Direct(problem.Solution), new("direct", "", 1, [new(wrong, false, 1), new(wrong, true, 1)])];
        var effect = new FeedbackEffect([problem, problem, problem], direct, 1);
        await using var rollouts = Open();
        var sampler = new EffectSampler(rollouts, new(4, 0.8, 5, 1));
        Assert.Equal(["the answer called wrong", "the first wrong step named", "the answer called wrong, in some tone", "a neutral sentence, no verdict"], (await effect.AskAsync(sampler, 0, default)).Select(trial => trial.Arm));
        var spoil = Assert.Single(await effect.AskAsync(sampler, 1, default));
        Assert.Equal("a right answer called wrong", spoil.Arm);
        Assert.Equal(2, spoil.Completions.Count);
        Assert.Empty(await effect.AskAsync(sampler, 2, default));
    }

    [Fact]
    public async Task AskAsync_PromptBeyondTheContext_SaysSo()
    {
        var problem = _run.HeldOut.Templates[0] with { Question = string.Concat(Enumerable.Repeat("Too long. ", 999)) };
        await using var rollouts = Open();
        var e = await Assert.ThrowsAsync<RecipeException>(() => new DirectEffect("direct", "x", [problem]).AskAsync(new(rollouts, new(2, 0.8, 5, 1)), 0, default));
        Assert.Contains("the model's context 1024", e.Message);
    }

    [Fact]
    public async Task AskAsync_ModelsOwnSolution_IsCutInHalfAndForced()
    {
        var problem = _run.HeldOut.Templates[0];
        Trial[] direct = [Direct("a: 1+2=3\nb: 3+2=5\nc: 5+1=6\n#### 6"), Direct("a: 1+2=3\n#### 3")];
        var effect = new EchoEffect([problem, problem], direct);
        await using var rollouts = Open();
        var sampler = new EffectSampler(rollouts, new(4, 0.8, 5, 1));
        Assert.Equal([("restated first", ""), ("not restated midway", "a: 1+2=3\n"), ("restated midway", "a: 1+2=3\nQuestion:")], (await effect.AskAsync(sampler, 0, default)).Select(trial => (trial.Arm, trial.Given)));
        Assert.Single(await effect.AskAsync(sampler, 1, default));
    }

    [Fact]
    public async Task AskAsync_Recovery_ForcesBeginningsOfOneLength()
    {
        var problems = _run.HeldOut.Templates.Where(p => p.Steps.Count > 2).ToArray();
        var effect = new RecoveryEffect(problems, [.. problems.Select(p => Direct(p.Solution))], 1);
        await using var rollouts = Open();
        var trials = await effect.AskAsync(new(rollouts, new(4, 0.8, 5, 1)), 0, default);
        Assert.Equal(["calculation flaw", "calculation flaw, its right beginning", "reasoning flaw", "reasoning flaw, its right beginning"], trials.Select(trial => trial.Arm));
        foreach (var pair in trials.Chunk(2))
        {
            Assert.Equal(pair[0].Given.Count(c => c == '\n'), pair[1].Given.Count(c => c == '\n'));
            Assert.StartsWith(pair[1].Given, problems[0].Solution);
            Assert.Equal(pair[0].Given.Count(c => c == '\n') - 1, GradedCompletion.Of(problems[0], pair[0].Given).Right.ToList().IndexOf(false));
        }
    }

    private RolloutSampler Open() => new(_run.Config(valueHead: false), new InitialWeights(_run.Config(valueHead: false), 1), _run.Tokenizer);

    private static Trial Direct(string text) => new("direct", "", 1, [new(text, true, 9), new(text, true, 9)]);
}
