using InferenceServer.Engine.Sampling;
using InferenceServer.Server.Errors;
using InferenceServer.Server.Requests;
using InferenceServer.Strategies;
using InferenceServer.Strategies.Verifying;

namespace InferenceServer.Server.Generation;

/// <summary>Resolves a request's fields against the model: limits, seed, plan. What cannot work is refused here, before a token is spent.</summary>
public sealed class JobFactory(ServedModel model, PlanReader plans)
{
    /// <param name="http">The request, whose headers may hold the plan; the response's are given the resolved one.</param>
    /// <param name="identity">Whose it is and what its response is called.</param>
    /// <param name="fields">The fields that all endpoints share.</param>
    /// <param name="prompts">At least one.</param>
    /// <param name="choices">Choices for each prompt.</param>
    /// <param name="maxTokens">Tokens of a completion, null for as many as fit.</param>
    /// <param name="maxTokensField">The name of that limit in this request.</param>
    /// <param name="topLogProbs">Alternatives to report at each position.</param>
    /// <exception cref="ApiException">The model is another one, a prompt does not fit, a token does not exist, or the plan cannot run.</exception>
    public GenerationJob Create(HttpContext http, RequestIdentity identity, SamplingFields fields, IReadOnlyList<EncodedPrompt> prompts, int choices, int? maxTokens, string maxTokensField, int topLogProbs)
    {
        ResolvedPlan plan = plans.Read(fields, ModelName.Parse(fields.Model, model.Name), http.Request.Headers);
        IReadOnlyList<VerifierOptions> verifiers = plans.ReadVerifiers(fields);
        // Drawn seeds are small enough for every client's integers.
        long seed = fields.Seed ?? Random.Shared.Next();
        SamplingOptions sampling = Sampling(fields, topLogProbs);
        var job = new GenerationJob
        {
            Identity = identity,
            Choices = choices,
            Seed = seed,
            Plan = plan.Echo,
            PlanOrigin = plan.Origin,
            IsPlain = plan.IsPlain,
            // Of its own: the request's document ends with the request.
            Verifiers = fields.Verifiers?.Clone(),
            IsTraced = fields.Trace,
            Runs = [.. prompts.Select((prompt, index) => new GenerationRequest
            {
                Prompt = prompt.Tokens,
                Messages = prompt.Messages,
                Sampling = sampling with { Seed = unchecked((ulong)seed + (ulong)index) },
                MaxTokens = Limit(prompt, maxTokens, maxTokensField),
                Stop = fields.Stop?.Strings ?? [],
                IgnoreEndToken = fields.IgnoreEos,
                Strategies = plan.Strategies,
                Verifiers = verifiers,
                Budget = fields.Budget is null ? ComputeBudget.Unlimited : Budget(fields.Budget, prompt),
            })],
        };
        PlanEcho.Set(http.Response, job);
        return job;
    }

    /// <exception cref="ApiException">404 for a name that is not the served model's, with or without a strategy after it.</exception>
    public void RequireModel(string? asked) => ModelName.Parse(asked, model.Name);

    /// <exception cref="ApiException">The prompt, with one token of completion, is longer than the context.</exception>
    public void RequireFits(EncodedPrompt prompt)
    {
        int context = model.Language.ContextLength;
        if (prompt.Tokens.Length >= context)
            throw ApiException.ContextLength(prompt.Path, $"'{prompt.Path}' has {prompt.Tokens.Length} tokens, but this model's context holds {context}, at least one of them for the completion. Shorten it.");
    }

    private int Limit(EncodedPrompt prompt, int? maxTokens, string field)
    {
        RequireFits(prompt);
        int room = model.Language.ContextLength - prompt.Tokens.Length;
        if (maxTokens > room)
            throw ApiException.ContextLength(field, $"'{prompt.Path}' has {prompt.Tokens.Length} tokens and '{field}' asks for {maxTokens} more, but this model's context holds {model.Language.ContextLength}. "
                + $"Ask for at most {room}, or leave '{field}' out to take what fits.");
        return maxTokens ?? room;
    }

    private static ComputeBudget Budget(BudgetFields budget, EncodedPrompt prompt)
    {
        if (budget.MaxTotalTokens <= prompt.Tokens.Length)
            throw ApiException.InvalidValue("budget.max_total_tokens", $"is {budget.MaxTotalTokens}, which does not cover the {prompt.Tokens.Length} tokens of '{prompt.Path}' and one of an answer.");
        return new()
        {
            MaxTotalTokens = budget.MaxTotalTokens,
            MaxFlops = budget.MaxFlops,
            Deadline = budget.DeadlineMs is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null,
        };
    }

    private SamplingOptions Sampling(SamplingFields fields, int topLogProbs)
    {
        foreach (int token in fields.LogitBias?.Biases.Keys ?? [])
            if (token >= model.Config.VocabSize)
                throw ApiException.InvalidValue($"logit_bias.{token}", $"names no token: the vocabulary ends at {model.Config.VocabSize - 1}.");
        return new SamplingOptions
        {
            Temperature = (float)fields.Temperature,
            TopP = (float)fields.TopP,
            TopK = Math.Max(0, fields.TopK),
            MinP = (float)fields.MinP,
            FrequencyPenalty = (float)fields.FrequencyPenalty,
            PresencePenalty = (float)fields.PresencePenalty,
            RepetitionPenalty = (float)fields.RepetitionPenalty,
            LogitBias = fields.LogitBias?.Biases,
            TopLogProbs = topLogProbs,
        };
    }
}
