using InferenceServer.Trainer.Recipes;
using InferenceServer.Trainer.Tokenizing;

namespace InferenceServer.Trainer.Stages;

/// <summary>Trains the tokenizer on examples of the training stream, of all formats.</summary>
public static class TokenizerStage
{
    public static void Run(RecipeRun run)
    {
        // From the middle of the training, where all tiers occur.
        var examples = run.TrainingStream.Examples(run.Recipe.Training.Steps * run.Recipe.Training.BatchSize / 2, run.Recipe.Tokenizer.Examples);
        var texts = examples.SelectMany(example => (string[])[.. example.Text.Messages.Select(message => message.Content + "\n"), example.Text.Given, example.Text.Target]);
        BytePairTrainer.Train(texts, run.Recipe.Tokenizer.VocabularySize, ChatFormat.SpecialTokens).Save(run.TokenizerPath);
    }
}
