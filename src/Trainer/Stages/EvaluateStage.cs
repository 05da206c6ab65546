using InferenceServer.Modeling;
using InferenceServer.Modeling.Text;
using InferenceServer.Trainer.Evaluating;
using InferenceServer.Trainer.Recipes;
using InferenceServer.Trainer.Rollouts;
using InferenceServer.Trainer.Tasks;
using InferenceServer.Trainer.Tokenizing;

namespace InferenceServer.Trainer.Stages;

/// <summary>Measures a model folder on held-out problems.</summary>
public static class EvaluateStage
{
    public static async Task<EvaluationReport> RunAsync(string folder, IReadOnlyList<WordProblem> heldOut, EvaluationRecipe recipe, int threads, Action<int>? onProblem, CancellationToken cancellationToken)
    {
        if (recipe.Problems > heldOut.Count)
            throw new RecipeException($"evaluation.problems is {recipe.Problems} and there are {heldOut.Count} held-out problems.");
        var config = ModelConfig.Load(Path.Combine(folder, "config.json"));
        var tokenizer = ModelTokenizer.Load(Path.Combine(folder, "tokenizer.json"));
        using var weights = SafeTensors.Open(Path.Combine(folder, SafeTensors.FileName));
        var problems = heldOut.Take(recipe.Problems).ToList();
        await using var sampler = new RolloutSampler(config, weights, tokenizer, threads);
        var greedy = await sampler.SampleAsync(problems, new(1, 0, recipe.MaxTokens, recipe.Seed), onProblem, cancellationToken);
        var sampled = await sampler.SampleAsync(problems, new(recipe.Samples, recipe.Temperature, recipe.MaxTokens, recipe.Seed), onProblem, cancellationToken);
        return EvaluationReport.Of(greedy, sampled, recipe.Temperature, tokenizer.TokenId("\n")!.Value, problem => tokenizer.Encode(ChatFormat.Prompt(problem.Question)).Length);
    }
}
