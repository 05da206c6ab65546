using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using InferenceServer.Modeling;
using InferenceServer.Trainer.Formats;
using InferenceServer.Trainer.Training;

namespace InferenceServer.Trainer.Recipes;

/// <summary>Everything that a model trained here depends on: shape, data, seeds and hyperparameters of each stage. One JSON file; unknown fields are refused.</summary>
public sealed record Recipe
{
    public required string Name { get; init; }

    /// <summary>Threads of training; sampling takes every processor. A run repeats bit for bit with the same number on the same kind of processor.</summary>
    public int Threads { get; init; } = 1;
    public required DataRecipe Data { get; init; }
    public required TokenizerRecipe Tokenizer { get; init; }
    public required ShapeRecipe Model { get; init; }
    public required TrainingRecipe Training { get; init; }
    public required RolloutRecipe Rollouts { get; init; }
    public LabelRecipe Labels { get; init; } = new();
    public required ValueHeadRecipe ValueHead { get; init; }
    public required RewardModelRecipe RewardModel { get; init; }
    public required EvaluationRecipe Evaluation { get; init; }

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        RespectNullableAnnotations = true,
    };

    /// <exception cref="RecipeException">The file is missing, is not JSON, lacks a field or has an unknown one.</exception>
    public static Recipe Load(string path)
    {
        try
        {
            var recipe = JsonSerializer.Deserialize<Recipe>(File.ReadAllBytes(path), Json) ?? throw new RecipeException($"{path}: the recipe is 'null'.");
            recipe.Validate(path);
            return recipe;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new RecipeException($"{path}: cannot read the recipe: {e.Message}", e);
        }
    }

    /// <summary>Identifies what the trunk's weights depend on; a checkpoint is bound to it.</summary>
    public string TrainingIdentity => Identify(Threads, Data, Tokenizer, Model, Training);

    /// <summary>Identifies what the sampled solutions depend on.</summary>
    public string RolloutsIdentity => Identify(TrainingIdentity, Rollouts);

    /// <summary>Identifies what the value head's weights depend on.</summary>
    public string ValueHeadIdentity => Identify(TrainingIdentity, Rollouts, Labels, ValueHead);

    /// <summary>Identifies what labels by continuation depend on.</summary>
    public string LabelsIdentity => Identify(RolloutsIdentity, Labels);

    /// <summary>Identifies what the reward model's weights depend on.</summary>
    public string RewardModelIdentity => Identify(ValueHeadIdentity, RewardModel);

    /// <summary>Identifies a set of solutions sampled to measure a policy.</summary>
    /// <param name="policy">Its weights and the problems.</param>
    public string EvaluationIdentity(string policy) => Identify(policy, Evaluation.Samples, Evaluation.Temperature, Evaluation.MaxTokens, Evaluation.Seed);

    private static string Identify(params object[] parts) =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(parts, Json)))[..16];

    private void Validate(string path)
    {
        (string Field, long Value)[] positive =
        [
            ("threads", Threads), ("data.held_out.templates", Data.HeldOut.Templates), ("data.held_out.families", Data.HeldOut.Families), ("data.held_out.unknown", Data.HeldOut.Unknown),
            ("data.held_out.countdown", Data.HeldOut.Countdown), ("data.easy_tiers", Data.EasyTiers), ("tokenizer.examples", Tokenizer.Examples), ("training.steps", Training.Steps),
            ("training.batch_size", Training.BatchSize), ("training.batches_per_bucket", Training.BatchesPerBucket), ("training.checkpoint_every", Training.CheckpointEvery),
            ("rollouts.problems", Rollouts.Problems), ("rollouts.samples", Rollouts.Samples), ("rollouts.max_tokens", Rollouts.MaxTokens), ("value_head.width", ValueHead.Width),
            ("value_head.steps", ValueHead.Steps), ("value_head.problems_per_batch", ValueHead.ProblemsPerBatch),
            ("reward_model.steps", RewardModel.Steps), ("reward_model.problems_per_batch", RewardModel.ProblemsPerBatch), ("rollouts.validation_problems", Rollouts.ValidationProblems),
            ("labels.continuations", Labels.Continuations), ("evaluation.problems", Evaluation.Problems), ("evaluation.validation_problems", Evaluation.ValidationProblems),
            ("evaluation.samples", Evaluation.Samples),
        ];
        foreach (var (field, value) in positive)
            if (value <= 0)
                throw new RecipeException($"{path}: {field} is {value}; it must be positive.");
        if (Rollouts.ValidationProblems >= Rollouts.Problems)
            throw new RecipeException($"{path}: rollouts.validation_problems is {Rollouts.ValidationProblems} of {Rollouts.Problems}; some must be left to learn from.");
        // The held-out sets use three seeds from this one on.
        if (Data.TrainingSeed - Data.HeldOut.Seed < 3)
            throw new RecipeException($"{path}: data.training_seed is {Data.TrainingSeed} and data.held_out.seed {Data.HeldOut.Seed}; the model would be tested on what it was trained on. Choose a training seed below, or at least 3 above.");
        string[] formats = [.. TrainingFormats.All.Names.Where(name => name != TrainingFormats.Direct)];
        foreach (var (name, share) in Data.FormatShares)
            if (!formats.Contains(name))
                throw new RecipeException($"{path}: data.format_shares has '{name}'; the formats are {string.Join(", ", formats)}, and what is left of the examples is direct.");
            else if (!(share >= 0))
                throw new RecipeException($"{path}: data.format_shares.{name} is {share}; it must not be negative.");
        if (!(Data.CountdownShare >= 0) || Data.CountdownShare + Data.FormatShares.Values.Sum() > 1)
            throw new RecipeException($"{path}: data.countdown_share and data.format_shares add up to {Data.CountdownShare + Data.FormatShares.Values.Sum()}; shares are at least 0 and at most 1 together.");
        if (!(Data.EasyShare is >= 0 and <= 1))
            throw new RecipeException($"{path}: data.easy_share is {Data.EasyShare}; it is between 0 and 1.");
        if (Training.Precision is not ("float32" or "bfloat16"))
            throw new RecipeException($"{path}: training.precision is '{Training.Precision}'; it is 'float32' or 'bfloat16'.");
        if (RewardModel.Precision is not ("float32" or "bfloat16"))
            throw new RecipeException($"{path}: reward_model.precision is '{RewardModel.Precision}'; it is 'float32' or 'bfloat16'.");
        if (!System.Numerics.BitOperations.IsPow2(Evaluation.Samples))
            throw new RecipeException($"{path}: evaluation.samples is {Evaluation.Samples}; it is a power of two, so that smaller sets of samples can be cut from it.");
    }
}

/// <summary>What is trained on and what is kept for measuring.</summary>
/// <param name="CountdownShare">Share of countdown problems in the training examples.</param>
/// <param name="FormatShares">Shares of the formats in the training examples, by name; what is left is direct word problems.</param>
public sealed record DataRecipe(ulong TrainingSeed, HeldOutRecipe HeldOut, double CountdownShare, IReadOnlyDictionary<string, double> FormatShares)
{
    /// <summary>Beginning of the training, as a share of its examples, that has problems of the easy tiers only.</summary>
    public double EasyShare { get; init; } = 0.2;

    /// <summary>The hardest of the easy tiers.</summary>
    public int EasyTiers { get; init; } = 3;
}

/// <summary>Seed and sizes of the held-out sets.</summary>
/// <param name="Seed">Of the held-out streams; those of training have another seed.</param>
public sealed record HeldOutRecipe(ulong Seed, int Templates, int Families, int Unknown, int Countdown);

/// <param name="VocabularySize">Entries wanted, special tokens and bytes included.</param>
/// <param name="Examples">Training examples, of all formats, whose text it learns from.</param>
public sealed record TokenizerRecipe(int VocabularySize, int Examples);

/// <summary>Shape of the decoder; the vocabulary's size comes from the tokenizer.</summary>
public sealed record ShapeRecipe(int HiddenSize, int IntermediateSize, int Layers, int Heads, int KeyValueHeads, int HeadDim, int ContextLength)
{
    /// <summary>Seed of the weights that training starts from.</summary>
    public ulong InitialSeed { get; init; } = 1;

    public ModelConfig Config(int vocabularySize, int endOfText, int padding) => new()
    {
        VocabSize = vocabularySize,
        HiddenSize = HiddenSize,
        IntermediateSize = IntermediateSize,
        Layers = Layers,
        Heads = Heads,
        KeyValueHeads = KeyValueHeads,
        HeadDim = HeadDim,
        ContextLength = ContextLength,
        TiedEmbeddings = true,
        EosTokenIds = [endOfText],
        PadTokenId = padding,
    };
}

public sealed record TrainingRecipe(long Steps, int BatchSize, int BatchesPerBucket, string Precision, long CheckpointEvery)
{
    public LearningRateSchedule LearningRate { get; init; } = new();
    public Optimizers.AdamWOptions Optimizer { get; init; } = new();
    public Optimizers.MuonOptions? Muon { get; init; }
}

/// <param name="Problems">Fresh training problems to solve.</param>
/// <param name="Samples">Solutions sampled of each.</param>
/// <param name="Flawed">Worked solutions with a planted mistake to add to each problem, with the worked solution itself; 0 for none.</param>
/// <param name="ValidationProblems">How many of the problems, the last ones, are not learned from: rewards are calibrated on them, and their settings chosen.</param>
public sealed record RolloutRecipe(int Problems, int Samples, double Temperature, int MaxTokens, ulong Seed, int ValidationProblems, int Flawed = 0);

/// <summary>Where step labels come from.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LabelSource>))]
public enum LabelSource
{
    /// <summary>The task's verifier compares each step with the worked solution.</summary>
    [JsonStringEnumMemberName("exact")] Exact,

    /// <summary>The policy goes on from each step's end; needs nothing but answers.</summary>
    [JsonStringEnumMemberName("monte_carlo")] MonteCarlo,
}

/// <param name="Source">Where the labels come from.</param>
/// <param name="Continuations">How often a prefix is continued; for labels by continuation.</param>
/// <param name="Seed">Of the continuations.</param>
public sealed record LabelRecipe(LabelSource Source = LabelSource.Exact, int Continuations = 8, ulong Seed = 6);

/// <param name="Width">Hidden width of the head.</param>
/// <param name="Features">Whether the head takes the log-probabilities so far.</param>
/// <param name="OutcomeWeight">Weight of the pairs of whole solutions beside those of steps.</param>
/// <param name="CalibrationWeight">Weight of the cross-entropy.</param>
public sealed record ValueHeadRecipe(int Width, bool Features, long Steps, int ProblemsPerBatch, double OutcomeWeight, double CalibrationWeight, ulong Seed)
{
    public long CheckpointEvery { get; init; } = 500;
    public LearningRateSchedule LearningRate { get; init; } = new();
    public Optimizers.AdamWOptions Optimizer { get; init; } = new();
}

/// <param name="OutcomeWeight">Weight of the pairs of whole solutions beside those of steps.</param>
/// <param name="CalibrationWeight">Weight of the cross-entropy.</param>
/// <param name="LanguageWeight">Weight of the likelihood of solved solutions.</param>
public sealed record RewardModelRecipe(
    long Steps, int ProblemsPerBatch, string Precision, double OutcomeWeight, double CalibrationWeight, double LanguageWeight, ulong Seed)
{
    public long CheckpointEvery { get; init; } = 250;
    public LearningRateSchedule LearningRate { get; init; } = new();
    public Optimizers.AdamWOptions Optimizer { get; init; } = new();
}

/// <param name="Problems">Held-out problems to measure on.</param>
/// <param name="ValidationProblems">Fresh problems of the training split to choose settings on.</param>
/// <param name="Samples">Solutions of each, a power of two.</param>
public sealed record EvaluationRecipe(int Problems, int ValidationProblems, int Samples, double Temperature, int MaxTokens, ulong Seed);

/// <summary>A recipe cannot be read or makes no sense. The message names the file and the field.</summary>
public sealed class RecipeException(string message, Exception? inner = null) : Exception(message, inner);
