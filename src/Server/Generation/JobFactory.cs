using System.Text.Json;
using InferenceServer.Engine.Sampling;
using InferenceServer.Experiments;
using InferenceServer.Server.Errors;
using InferenceServer.Server.Experiments;
using InferenceServer.Server.Hosting;
using InferenceServer.Server.Requests;
using InferenceServer.Server.Shadows;
using InferenceServer.Strategies;
using InferenceServer.Strategies.Verifying;

namespace InferenceServer.Server.Generation;

/// <summary>Resolves a request's fields against the model: limits, seed, plan. What cannot work is refused here, before a token is spent.</summary>
public sealed class JobFactory(ServedModel model, PlanReader plans, StrategyPipeline pipeline, ExperimentEntrance experiments, ShadowEntrance shadows, ServerOptions options)
{
    /// <summary>The same for a request that may take part in an experiment, which then decides the plan.</summary>
    /// <exception cref="ApiException">As there, or the experiment is unknown, stopped, another one, or one of its arms cannot run.</exception>
    public async ValueTask<GenerationJob> CreateAsync(HttpContext http, RequestIdentity identity, SamplingFields fields, IReadOnlyList<EncodedPrompt> prompts, int choices, int? maxTokens, string maxTokensField, int topLogProbs)
    {
        Participation? part = await experiments.EnterAsync(http, identity, fields, prompts);
        GenerationJob job = Create(http, identity, fields, prompts, choices, maxTokens, maxTokensField, topLogProbs, part);
        if (part is not null)
            await experiments.RegisterAsync(identity.Tenant, part, http.RequestAborted);
        return job;
    }

    /// <param name="http">The request, whose headers may hold the plan; the response's are given the resolved one.</param>
    /// <param name="identity">Whose it is and what its response is called.</param>
    /// <param name="fields">The fields that all endpoints share.</param>
    /// <param name="prompts">At least one.</param>
    /// <param name="choices">Choices for each prompt.</param>
    /// <param name="maxTokens">Tokens of a completion, null for as many as fit.</param>
    /// <param name="maxTokensField">The name of that limit in this request.</param>
    /// <param name="topLogProbs">Alternatives to report at each position.</param>
    /// <param name="part">The request's part in an experiment; null for none.</param>
    /// <exception cref="ApiException">The model is another one, a prompt does not fit, a token does not exist, or the plan cannot run.</exception>
    public GenerationJob Create(
        HttpContext http, RequestIdentity identity, SamplingFields fields, IReadOnlyList<EncodedPrompt> prompts, int choices, int? maxTokens, string maxTokensField, int topLogProbs, Participation? part = null)
    {
        ResolvedPlan plan = part?.Plan ?? plans.Read(fields, ModelName.Parse(fields.Model, model.Name), http.Request.Headers);
        IReadOnlyList<VerifierOptions> verifiers = plans.ReadVerifiers(fields);
        // Drawn seeds are small enough for every client's integers.
        long seed = fields.Seed ?? Random.Shared.Next();
        var job = new GenerationJob
        {
            Identity = identity,
            Choices = choices,
            Seed = seed,
            Plan = plan.Echo,
            PlanOrigin = plan.Origin,
            IsPlain = plan.IsPlain,
            AbstainedAs = options.AbstainAs.ToString().ToLowerInvariant(),
            Experiment = part,
            // Of its own: the request's document ends with the request.
            Verifiers = fields.Verifiers?.Clone(),
            IsTraced = fields.Trace,
            Runs = Runs(plan, part?.Over(fields, part.Index) ?? fields),
        };
        if (part is not null)
            CompareArms(part, arm => Runs(part.Plans[arm], part.Over(fields, arm)), choices);
        job = job with { Shadow = shadows.Enter(fields.Shadow, job) };
        PlanEcho.Set(http.Response, job);
        return job;

        GenerationRequest[] Runs(ResolvedPlan plan, SamplingFields fields)
        {
            SamplingOptions sampling = Sampling(fields, topLogProbs);
            return [.. prompts.Select((prompt, index) => new GenerationRequest
            {
                Tenant = identity.Tenant.Name,
                Prompt = prompt.Tokens,
                Messages = prompt.Messages,
                Sampling = sampling with { Seed = unchecked((ulong)seed + (ulong)index) },
                MaxTokens = Limit(prompt, maxTokens, maxTokensField),
                Stop = fields.Stop?.Strings ?? [],
                IgnoreEndToken = fields.IgnoreEos,
                Strategies = plan.Strategies,
                Verifiers = verifiers,
                Budget = fields.Budget is null ? ComputeBudget.Unlimited : Budget(fields.Budget, prompt),
            })];
        }
    }

    /// <summary>
    /// Every arm must be able to run, whichever was assigned: a request that only some arms refuse would be missing from theirs alone. And unless two arms differ for this request, which of
    /// them it got is no part of the comparison.
    /// </summary>
    private void CompareArms(Participation part, Func<int, GenerationRequest[]> runsOf, int choices)
    {
        GenerationRequest[][] arms = [.. Enumerable.Range(0, part.Plans.Count).Select(runsOf)];
        if (arms[0][0].MaxTokens == 0)
        {
            part.Reason ??= Participation.NothingGenerated;
            return;
        }
        for (int arm = 0; arm < arms.Length; arm++)
            try
            {
                foreach (GenerationRequest run in arms[arm])
                    pipeline.Start(model.Language, run, onEvent: null, choices);
            }
            catch (StrategyPlanException e)
            {
                throw PlanReader.Refusal(e, part.Plans[arm].Origin);
            }
        if (Enumerable.Range(1, arms.Length - 1).All(arm => JsonElement.DeepEquals(part.Plans[arm].Echo, part.Plans[0].Echo) && arms[arm][0].Sampling == arms[0][0].Sampling))
            part.Reason ??= Participation.SameWork;
    }

    /// <summary>Binds every arm's plan and checks that it composes. What depends on the request, such as verifiers that a plan asks for, shows with the request.</summary>
    /// <exception cref="ApiException">An arm's plan cannot run; the message says where it stands.</exception>
    public void RequireArms(Experiment experiment)
    {
        for (int arm = 0; arm < experiment.Arms.Count; arm++)
        {
            ResolvedPlan plan = plans.ReadArm(experiment.Arms[arm], model.Name, $"arms[{arm}]");
            try
            {
                pipeline.Start(model.Language, new GenerationRequest { Prompt = new int[1], MaxTokens = 1, Strategies = plan.Strategies, Verifiers = [new StepArithmeticOptions()] });
            }
            catch (StrategyPlanException e)
            {
                throw PlanReader.Refusal(e, plan.Origin);
            }
        }
    }

    /// <param name="generates">Whether the model's name may be an experiment's.</param>
    /// <exception cref="ApiException">404 for a name that is not the served model's, with or without a strategy after it.</exception>
    public void RequireModel(string? asked, bool generates = false)
    {
        if (ModelName.Parse(asked, model.Name).Experiment is not null && !generates)
            throw ApiException.ModelNotFound(asked!, model.Name);
    }

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
