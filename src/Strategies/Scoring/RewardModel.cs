using InferenceServer.Plugins;

namespace InferenceServer.Strategies.Scoring;

/// <summary>
/// A separate model with a value head grades the text so far, as in "Let's Verify Step by Step", arXiv:2305.20050. Its tokens and operations are billed as
/// scorer; a prompt that its engine still has in its prefix cache is not computed again.
/// </summary>
[Plugin("reward_model", "A separate reward model's value head.", Paper = "arXiv:2305.20050")]
public sealed class RewardModel : IScorer, IPartialScorer
{
    public ValueTask<double?> ScoreAsync(Candidate candidate, ScoringContext scoring, CancellationToken cancellationToken) =>
        ScorePartAsync(candidate, candidate.Tokens.Count, scoring, cancellationToken);

    public async ValueTask<double?> ScorePartAsync(Candidate candidate, int tokens, ScoringContext scoring, CancellationToken cancellationToken)
    {
        GenerationContext generation = scoring.Generation;
        ILanguageModel judge = scoring.RewardModel ?? throw new InvalidOperationException("The strategy names no reward model.");
        int[] ids = [.. candidate.Tokens.Take(tokens).Select(token => token.Id).Where(id => !generation.Model.EndTokens.Contains(id))];
        if (ids.Length == 0)
            return null;
        // The same words in the other model's tokens, unless both read alike.
        bool alike = ReferenceEquals(judge.Tokenizer, generation.Model.Tokenizer);
        int[] prompt = alike ? generation.Prompt.ToArray() : generation.Conversation.Encode(judge);
        int[] text = alike ? ids : judge.Tokenizer.Encode(generation.Model.Tokenizer.Decode(ids), allowSpecial: false);
        double reward = await generation.SideCalls.RewardAsync(judge, prompt, text, cancellationToken);
        return double.IsNaN(reward) ? null : reward;
    }

    string? ISelector.Check(PlanContext plan) => null;

    string? IPartialScorer.Check(PlanContext plan) => null;

    /// <summary>What is wrong with a strategy's choice of reward model; null when nothing.</summary>
    public static PlanProblem? CheckChoice(string scorer, string? model, IModelRegistry? models)
    {
        if (model is null)
            return scorer == "reward_model" ? new("reward_model", "must name the model that grades.") : null;
        if (models?.Find(model) is not { } found)
            return new("reward_model", $"there is no model '{model}'{(models?.Names.Any() == true ? $"; there is {string.Join(", ", models.Names)}" : " beside the one that answers")}.");
        return found.HasValue ? null : new("reward_model", $"the model '{model}' has no value head to grade with.");
    }
}
