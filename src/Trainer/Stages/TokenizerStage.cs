using InferenceServer.Trainer.Recipes;
using InferenceServer.Trainer.Tokenizing;

namespace InferenceServer.Trainer.Stages;

/// <summary>Trains the tokenizer on the first training problems.</summary>
public static class TokenizerStage
{
    public static void Run(RecipeRun run)
    {
        var texts = run.TrainingTask.Problems(0, run.Recipe.Tokenizer.Problems).SelectMany(p => (string[])[p.Question + "\n", p.Solution]);
        BytePairTrainer.Train(texts, run.Recipe.Tokenizer.VocabularySize, ChatFormat.SpecialTokens).Save(run.TokenizerPath);
        run.HeldOut.Save(run.HeldOutPath);
    }
}
