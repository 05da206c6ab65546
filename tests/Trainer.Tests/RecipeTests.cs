using InferenceServer.Modeling;
using InferenceServer.Modeling.Text;
using InferenceServer.Shared;
using InferenceServer.Trainer.Evaluating;
using InferenceServer.Trainer.Recipes;
using InferenceServer.Trainer.Rewards;
using InferenceServer.Trainer.Rollouts;
using InferenceServer.Trainer.Stages;

namespace InferenceServer.Trainer.Tests;

public sealed class RecipeTests : IDisposable
{
    private static readonly string Shipped = TestAssembly.RepositoryPath("recipes", "reasoner.json");
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_ShippedRecipe_IsValid() => Assert.Equal("reasoner", Recipe.Load(Shipped).Name);

    [Theory]
    [InlineData("\"threads\": 1", "\"threads\": 0", "threads is 0")]
    [InlineData("\"threads\"", "\"treads\"", "treads")]
    [InlineData("\"seed\": 2, \"templates\"", "\"seed\": 1, \"templates\"", "tested on what it was trained on")]
    [InlineData("\"training_seed\": 1", "\"training_seed\": 4", "tested on what it was trained on")]
    [InlineData("\"echo\": 0.1", "\"ekko\": 0.1", "'ekko'; the formats are echo, feedback, hint, preview, recovery")]
    [InlineData("\"echo\": 0.1", "\"echo\": -0.1", "data.format_shares.echo is -0.1")]
    [InlineData("\"echo\": 0.1", "\"echo\": 0.8", "add up to 1.1")]
    [InlineData("\"easy_share\": 0.2", "\"easy_share\": 2", "data.easy_share is 2")]
    [InlineData("\"bfloat16\"", "\"int8\"", "training.precision is 'int8'")]
    [InlineData("\"batch_size\": 16", "\"batch_size\": -3", "training.batch_size is -3")]
    [InlineData("\"name\": \"reasoner\",", "", "name")]
    [InlineData("\"validation_problems\": 400", "\"validation_problems\": 4400", "rollouts.validation_problems is 4400 of 4400")]
    [InlineData("\"samples\": 16", "\"samples\": 12", "evaluation.samples is 12")]
    [InlineData("\"exact\"", "\"guess\"", "cannot read the recipe")]
    [InlineData("}", "", "cannot read the recipe")]
    public void Load_BrokenRecipe_NamesFileAndField(string from, string to, string expected)
    {
        string path = _folder.File("recipe.json");
        string text = File.ReadAllText(Shipped);
        Assert.Contains(from, text);
        File.WriteAllText(path, text.Replace(from, to));
        var e = Assert.Throws<RecipeException>(() => Recipe.Load(path));
        Assert.Contains(path, e.Message);
        Assert.Contains(expected, e.Message);
    }

    [Fact]
    public void Load_MissingFile_NamesIt() => Assert.Contains("no-such.json", Assert.Throws<RecipeException>(() => Recipe.Load(_folder.File("no-such.json"))).Message);

    [Fact]
    public void TrainingIdentity_OnlyWhatTheTrunkDependsOn_ChangesIt()
    {
        var recipe = Recipe.Load(Shipped);
        Assert.Equal(recipe.TrainingIdentity, (recipe with { Evaluation = recipe.Evaluation with { Samples = 2 } }).TrainingIdentity);
        Assert.NotEqual(recipe.TrainingIdentity, (recipe with { Training = recipe.Training with { Steps = 1 } }).TrainingIdentity);
        Assert.NotEqual(recipe.ValueHeadIdentity, (recipe with { Training = recipe.Training with { Steps = 1 } }).ValueHeadIdentity);
        Assert.NotEqual(recipe.RolloutsIdentity, (recipe with { Rollouts = recipe.Rollouts with { Temperature = 1 } }).RolloutsIdentity);
        Assert.Equal(recipe.RolloutsIdentity, (recipe with { ValueHead = recipe.ValueHead with { Seed = 77 } }).RolloutsIdentity);
        Assert.NotEqual(recipe.ValueHeadIdentity, (recipe with { ValueHead = recipe.ValueHead with { Seed = 77 } }).ValueHeadIdentity);
    }

    [Fact]
    public void Stage_BeforeTheOneItNeeds_SaysWhichToRun()
    {
        var run = new RecipeRun(Tiny(), _folder.File("run"));
        Assert.Contains("run the tokenizer stage first", Assert.Throws<RecipeException>(() => run.Tokenizer).Message);
        TokenizerStage.Run(run);
        Assert.Contains("run the train stage first", Assert.Throws<RecipeException>(() => run.Trunk()).Message);
        Assert.Contains("run the sample stage first", Assert.Throws<RecipeException>(() => RewardData.Load(run)).Message);
        Assert.Contains("run the value-head stage first", Assert.Throws<RecipeException>(() => ExportStage.Run(run, _folder.File("model"))).Message);
        Assert.Contains("run the reward-model stage first", Assert.Throws<RecipeException>(() => ExportStage.RunRewardModel(run, _folder.File("model"))).Message);
    }

    [Theory]
    [InlineData(LabelSource.Exact)]
    [InlineData(LabelSource.MonteCarlo)]
    public async Task Stages_TinyRecipe_GoFromNothingToMeasuredModelFolders(LabelSource labels)
    {
        var run = new RecipeRun(Tiny() with { Labels = new(labels, Continuations: 2) }, _folder.File("run"));
        TokenizerStage.Run(run);
        Assert.True(TrainStage.Run(run, _ => { }, default));
        await SampleStage.RunAsync(run, null, default);
        var first = new JsonJournal<RolloutGroup>(run.SamplesPath).Load();
        Assert.All(first, group => Assert.Equal(3, group.Rollouts.Count));
        Assert.True(first[0].Rollouts.Select(r => r.Text).Distinct().Count() > 1, "samples of one problem are all the same");
        if (labels == LabelSource.MonteCarlo)
            Assert.Contains("run the label stage first", Assert.Throws<RecipeException>(() => RewardData.Load(run)).Message);
        await LabelStage.RunAsync(run, null, default);
        Assert.Equal(labels == LabelSource.MonteCarlo, File.Exists(run.LabelsPath));
        var data = RewardData.Load(run);
        Assert.Equal((4, 1), (data.Training.Count, data.Validation.Count));
        Assert.NotNull(ValueHeadStage.Run(run, data, null, _ => { }, default));
        Assert.NotNull(RewardModelStage.Run(run, RewardData.Load(run), _ => { }, default));
        string policy = _folder.File("model"), rewardModel = _folder.File("model-prm");
        ExportStage.Run(run, policy, WeightFormat.Int8);
        ExportStage.RunRewardModel(run, rewardModel);

        Assert.True(File.Exists(Path.Combine(policy, "model.onnx")));
        foreach (string folder in (string[])[policy, rewardModel])
        {
            using var model = ModelFolder.Open(folder);
            Assert.NotNull(model.Config.ValueHeadSize);
            Assert.NotNull(model.Config.ValueFeatures);
        }
        var sets = EvaluateStage.Sets(run);
        Assert.Equal(["validation", "templates", "families", "unknown"], sets.Keys);
        var report = await EvaluateStage.RunAsync(run, policy, rewardModel, sets, null, default);
        var heldOut = report.Sets[EvaluateStage.Templates];
        Assert.Equal((4, 4), (heldOut.Problems, heldOut.Samples));
        Assert.InRange(heldOut.Accuracy.PassAtK[1].Estimate, 0, heldOut.Accuracy.PassAtK[4].Estimate);
        Assert.Equal(["value head", "reward model", "value head and reward model", "least likely token", "mean log-probability"], heldOut.Ranking.Keys);
        Assert.Equal(sets[EvaluateStage.Validation].Count(problem => problem.Answer is not null), report.Sets[EvaluateStage.Answerable].Problems);
        report.Save(_folder.File("evaluation.json"));
        Assert.Equal(heldOut.TokensPerSolution, PolicyReport.Load(_folder.File("evaluation.json")).Sets[EvaluateStage.Templates].TokensPerSolution);

        // The same again from nothing: sampling does not depend on the order in which problems finish.
        File.Delete(run.SamplesPath);
        await SampleStage.RunAsync(run, null, default);
        Assert.Equal(first.SelectMany(g => g.Rollouts).Select(r => r.Text), new JsonJournal<RolloutGroup>(run.SamplesPath).Load().SelectMany(g => g.Rollouts).Select(r => r.Text));
    }

    internal static Recipe Tiny()
    {
        var recipe = Recipe.Load(Shipped);
        return recipe with
        {
            Data = recipe.Data with { HeldOut = new(Seed: 2, Templates: 6, Families: 2, Unknown: 2, Countdown: 2) },
            Tokenizer = new(400, 200),
            Model = new(HiddenSize: 32, IntermediateSize: 64, Layers: 1, Heads: 2, KeyValueHeads: 1, HeadDim: 16, ContextLength: 1024),
            Training = new(Steps: 3, BatchSize: 4, BatchesPerBucket: 2, "float32", CheckpointEvery: 2),
            Rollouts = new(Problems: 5, Samples: 3, Temperature: 0.8, MaxTokens: 20, Seed: 1, ValidationProblems: 1, Flawed: 1),
            ValueHead = new(Width: 8, Features: true, Steps: 2, ProblemsPerBatch: 2, OutcomeWeight: 0.5, CalibrationWeight: 0.1, Seed: 1),
            RewardModel = new(Steps: 2, ProblemsPerBatch: 2, "float32", OutcomeWeight: 0.5, CalibrationWeight: 0.1, LanguageWeight: 0.1, Seed: 1),
            Evaluation = new(Problems: 4, ValidationProblems: 3, Samples: 4, Temperature: 0.8, MaxTokens: 20, Seed: 2),
        };
    }
}
