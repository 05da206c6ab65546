using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Effects;

/// <summary>What the model wrote once.</summary>
/// <param name="Text">Without what was given.</param>
/// <param name="Finished">It ended by itself rather than at the token limit.</param>
/// <param name="Tokens">Written by the model, the end token included.</param>
public sealed record Completion(string Text, bool Finished, int Tokens);

/// <summary>One problem asked in one way, some times.</summary>
/// <param name="Arm">The way of asking.</param>
/// <param name="Given">How the completions were made to begin.</param>
/// <param name="PromptTokens">Read by the model before it wrote, what was given included.</param>
public sealed record Trial(string Arm, string Given, int PromptTokens, IReadOnlyList<Completion> Completions)
{
    /// <summary>Tokens that the model wrote, on average.</summary>
    public double MeanTokens => Completions.Average(c => c.Tokens);

    /// <summary>The whole text of a completion, what was given included.</summary>
    public string Whole(Completion completion) => Given + completion.Text;

    public bool IsRight(WordProblem problem, Completion completion) => completion.Finished && StepVerifier.AnswersRight(problem, Whole(completion));

    /// <summary>Share of the completions that answer right.</summary>
    public double Accuracy(WordProblem problem) => Share(completion => IsRight(problem, completion));

    /// <summary>The answer with the most votes; of equal ones, that which came first. Null when none was given.</summary>
    public string? Majority => Completions.Where(c => c.Finished).Select(c => StepVerifier.AnswerText(c.Text)).OfType<string>()
        .GroupBy(answer => answer).OrderByDescending(group => group.Count()).FirstOrDefault()?.Key;

    /// <summary>Share of the completions of which something holds.</summary>
    public double Share(Func<Completion, bool> holds) => Completions.Count(holds) / (double)Completions.Count;
}
