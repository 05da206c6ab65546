using InferenceServer.Modeling;
using InferenceServer.Modeling.Text;
using InferenceServer.Trainer.Checkpoints;
using InferenceServer.Trainer.Data;
using InferenceServer.Trainer.Formats;
using InferenceServer.Trainer.Models;
using InferenceServer.Trainer.Rewards;
using InferenceServer.Trainer.Tasks;
using InferenceServer.Trainer.Tokenizing;
using InferenceServer.Trainer.Training;

namespace InferenceServer.Trainer.Recipes;

/// <summary>A recipe and the folder in which its stages leave their results.</summary>
public sealed class RecipeRun
{
    private ModelTokenizer? _tokenizer;
    private HeldOutSets? _heldOut;

    public Recipe Recipe { get; }
    public string Folder { get; }

    public RecipeRun(Recipe recipe, string folder)
    {
        Recipe = recipe;
        Folder = folder;
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RecipeException($"{folder}: cannot create the folder of the run: {e.Message} Choose another one with --run.", e);
        }
    }

    public string TokenizerPath => Path.Combine(Folder, "tokenizer.json");
    public string CheckpointPath => Path.Combine(Folder, "checkpoint.safetensors");

    /// <summary>Named for what the samples depend on: those of another decoder or temperature are not taken for these.</summary>
    public string SamplesPath => Path.Combine(Folder, $"samples-{Recipe.RolloutsIdentity}.jsonl");

    /// <summary>Worked solutions, and such with planted mistakes, as the trunk sees them.</summary>
    public string FlawedPath => Path.Combine(Folder, $"flawed-{Recipe.RolloutsIdentity}.jsonl");

    /// <summary>Labels by continuation of those samples.</summary>
    public string LabelsPath => Path.Combine(Folder, $"labels-{Recipe.LabelsIdentity}.jsonl");

    public string RewardModelPath => Path.Combine(Folder, "reward-model.safetensors");
    public string ValueHeadPath => Path.Combine(Folder, "value-head.safetensors");
    public string LogPath => Path.Combine(Folder, "training.jsonl");

    public HeldOutSets HeldOut => _heldOut ??= HeldOutSets.Create(Recipe.Data.HeldOut);

    /// <summary>The word problems that may be trained on: the training stream without the held-out questions.</summary>
    public WordProblemTask TrainingTask => new(Recipe.Data.TrainingSeed, excludedQuestions: HeldOut.Questions);

    /// <summary>What the decoder is trained on.</summary>
    public TrainingStream TrainingStream => new(Recipe.Data, Recipe.Training.Steps * Recipe.Training.BatchSize, HeldOut.Questions);

    /// <exception cref="RecipeException">The tokenizer stage has not run.</exception>
    public ModelTokenizer Tokenizer => _tokenizer ??= File.Exists(TokenizerPath)
        ? ModelTokenizer.Load(TokenizerPath)
        : throw new RecipeException($"{TokenizerPath} is missing: run the tokenizer stage first.");

    public int Padding => Tokenizer.TokenId(ChatFormat.Padding)!.Value;
    public int EndOfText => Tokenizer.TokenId(ChatFormat.EndOfText)!.Value;

    /// <summary>The token that ends a reasoning step.</summary>
    public int StepToken => Tokenizer.TokenId("\n")!.Value;

    public ModelConfig Config(bool valueHead) => valueHead
        ? TrunkConfig with { ValueHeadSize = Recipe.ValueHead.Width, ValueFeatures = Recipe.ValueHead.Features ? new(StepToken) : null }
        : TrunkConfig;

    private ModelConfig TrunkConfig => Recipe.Model.Config(Tokenizer.VocabSize, EndOfText, Padding);

    /// <summary>A model to start training from.</summary>
    public TorchTransformer NewModel() => new(Config(valueHead: false), new InitialWeights(Config(valueHead: false), (int)Recipe.Model.InitialSeed));

    public CheckpointFile Checkpoint => new(CheckpointPath, Recipe.TrainingIdentity);
    public CheckpointFile ValueHeadCheckpoint => new(ValueHeadPath, Recipe.ValueHeadIdentity);

    public CheckpointFile RewardModelCheckpoint => new(RewardModelPath, Recipe.RewardModelIdentity);

    /// <summary>How the value head's scores become probabilities.</summary>
    public CalibrationFile ValueHeadCalibration => new(Path.Combine(Folder, "value-head.json"), Recipe.ValueHeadIdentity);
    public CalibrationFile RewardModelCalibration => new(Path.Combine(Folder, "reward-model.json"), Recipe.RewardModelIdentity);

    /// <summary>The trained trunk.</summary>
    /// <exception cref="RecipeException">The train stage has not finished.</exception>
    public SafeTensors Trunk() => Finished(Checkpoint, CheckpointPath, Recipe.Training.Steps, "train");

    /// <summary>The trained trunk with its value head.</summary>
    /// <exception cref="RecipeException">The value-head stage has not finished.</exception>
    public SafeTensors Final() => Finished(ValueHeadCheckpoint, ValueHeadPath, Recipe.ValueHead.Steps, "value-head");

    /// <summary>The trained reward model.</summary>
    /// <exception cref="RecipeException">The reward-model stage has not finished.</exception>
    public SafeTensors RewardModel() => Finished(RewardModelCheckpoint, RewardModelPath, Recipe.RewardModel.Steps, "reward-model");

    private static SafeTensors Finished(CheckpointFile checkpoint, string path, long steps, string stage) => checkpoint.StepsDone() is var done && done < steps
        ? throw new RecipeException($"{path}: {done} of {steps} steps are done: run the {stage} stage first.")
        : SafeTensors.Open(path);

    /// <summary>A conversation as the server would encode it, then what is to be written.</summary>
    public TrainingSequence Sequence(FormattedProblem problem)
    {
        int[] prompt = problem.PromptTokens(Tokenizer);
        return new([.. prompt, .. Tokenizer.Encode(ChatFormat.Completion(problem.Target))], prompt.Length);
    }

    /// <summary>An example of the stream. One that does not fit the model's context gives its place to another, far away in the stream.</summary>
    public TrainingSequence Sequence(TrainingStream stream, long index)
    {
        const long Away = 1L << 40;
        while (true)
        {
            var sequence = Sequence(stream.Example(index).Text);
            if (sequence.Ids.Length <= Recipe.Model.ContextLength)
                return sequence;
            index += Away;
        }
    }
}
