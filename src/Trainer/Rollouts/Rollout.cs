using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Rollouts;

/// <summary>One sampled solution, or one that was given and scored.</summary>
/// <param name="Tokens">The end token included when it finished.</param>
/// <param name="Text">Without the end token.</param>
/// <param name="Finished">It ended by itself rather than at the token limit.</param>
/// <param name="LogProbs">Of each token, the end token included, at temperature 1.</param>
/// <param name="Entropies">Of the distributions that the tokens were drawn from, in nats.</param>
/// <param name="Values">Value head's score of the text before each token; NaN without a head.</param>
public sealed record Rollout(int[] Tokens, string Text, bool Finished, float[] LogProbs, float[] Entropies, float[] Values);

/// <summary>A problem and the solutions sampled of it.</summary>
public sealed record RolloutGroup(WordProblem Problem, IReadOnlyList<Rollout> Rollouts);
