using InferenceServer.Modeling;
using InferenceServer.Trainer.Models;
using InferenceServer.Trainer.Tasks;
using InferenceServer.Trainer.Tokenizing;
using InferenceServer.Trainer.Training;

namespace InferenceServer.Trainer.Recipes;

/// <summary>A recipe and the folder in which its stages leave their results.</summary>
public sealed class RecipeRun
{
    private BytePairEncoder? _tokenizer;
    private HeldOutSet? _heldOut;

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
    public string HeldOutPath => Path.Combine(Folder, "held-out.jsonl");
    public string CheckpointPath => Path.Combine(Folder, "checkpoint.safetensors");
    public string SamplesPath => Path.Combine(Folder, "samples.jsonl");
    public string ValueHeadPath => Path.Combine(Folder, "value-head.safetensors");
    public string LogPath => Path.Combine(Folder, "training.jsonl");

    public HeldOutSet HeldOut => _heldOut ??= HeldOutSet.Create(Recipe.Data.HeldOutSeed, Recipe.Data.HeldOutProblems);

    /// <summary>The problems that may be trained on: the training stream without the held-out questions.</summary>
    public WordProblemTask TrainingTask => new(Recipe.Data.TrainingSeed, HeldOut.Questions);

    /// <exception cref="RecipeException">The tokenizer stage has not run.</exception>
    public BytePairEncoder Tokenizer => _tokenizer ??= File.Exists(TokenizerPath)
        ? BytePairEncoder.Load(TokenizerPath)
        : throw new RecipeException($"{TokenizerPath} is missing: run the tokenizer stage first.");

    public int Padding => Tokenizer.TokenId(ChatFormat.Padding)!.Value;
    public int EndOfText => Tokenizer.TokenId(ChatFormat.EndOfText)!.Value;

    public ModelConfig Config(bool valueHead) =>
        Recipe.Model.Config(Tokenizer.VocabSize, EndOfText, Padding) with { ValueHeadSize = valueHead ? Recipe.ValueHead.Width : null };

    public TorchTransformer NewModel(bool valueHead = false) => new(Config(valueHead), new InitialWeights(Config(valueHead), (int)Recipe.Model.InitialSeed));

    public TrainingSequence Sequence(string question, string solution)
    {
        int[] prompt = Tokenizer.Encode(ChatFormat.Prompt(question));
        return new([.. prompt, .. Tokenizer.Encode(ChatFormat.Completion(solution))], prompt.Length);
    }
}
