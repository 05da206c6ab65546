using InferenceServer.Experiments;
using InferenceServer.Experiments.Routers;
using InferenceServer.Server.Generation;
using InferenceServer.Server.State;
using InferenceServer.Strategies.State;

namespace InferenceServer.Server.Experiments;

/// <summary>Experiments whose arms a router chooses: from the request that asks for an arm to the reward that comes with its response, or days later.</summary>
public sealed class ExperimentRouting(RouterStore routers, ExperimentStore experiments, ExperimentKeeper keeper, LabelStore labels, ServedModel model, TimeProvider time)
{
    /// <summary>The arm of a request; null when the experiment has no router. While state is away it is chosen by what this server knew last.</summary>
    public async ValueTask<RouterDecision?> ChooseAsync(Tenant tenant, Experiment experiment, IReadOnlyList<EncodedPrompt> prompts, CancellationToken cancellationToken)
    {
        if (ExperimentRouter.Of(experiment) is not { } router)
            return null;
        RouterState known = await routers.RecallAsync(tenant.Name, experiment.Name, router, cancellationToken);
        string[] arms = [.. experiment.Arms.Where(arm => arm.EffectiveWeight > 0).Select(arm => arm.Name)];
        return router.Router.Choose(known, Bucket(router.Router.Options.Context, prompts[0]), arms, router.Kind, Random.Shared);
    }

    /// <summary>The request will be answered: its choice counts from now on, though its reward has not come.</summary>
    /// <exception cref="StateUnavailableException">State is away.</exception>
    public Task PullAsync(Tenant tenant, Participation part, CancellationToken cancellationToken) => part.Decision is { } decision && ExperimentRouter.Of(part.Experiment) is { } router
        ? routers.PullAsync(tenant.Name, part.Experiment.Name, router, decision, cancellationToken) : Task.CompletedTask;

    /// <summary>An exposure was recorded: the reward, if the server measures it.</summary>
    /// <exception cref="StateUnavailableException">State is away.</exception>
    public async Task MeasuredAsync(Tenant tenant, Participation part, Exposure exposure)
    {
        if (part.Decision is not null && ExperimentRouter.Of(part.Experiment) is { } router && exposure.Metrics.TryGetValue(router.Metric, out double value))
            await routers.RewardAsync(tenant.Name, part.Experiment.Name, router, exposure.Request, value, CancellationToken.None);
    }

    /// <summary>A label came: a reason to look at guardrails on it, and the reward, if the request's router learns from it. The same label again counts once.</summary>
    /// <exception cref="StateUnavailableException">State is away; sending the label again is right.</exception>
    public async Task LabelledAsync(Tenant tenant, string request, string name, double value, CancellationToken cancellationToken)
    {
        if (await labels.FindAsync(tenant.Name, request, cancellationToken) is not { Experiment: { } experimentName } labelled
            || await experiments.RecallAsync(tenant.Name, experimentName, cancellationToken) is not { } experiment)
            return;
        keeper.Labelled(tenant, experiment, name);
        if (labelled.Decision is not null && ExperimentRouter.Of(experiment) is { } router && router.Metric == name)
            await routers.RewardAsync(tenant.Name, experimentName, router, request, value, cancellationToken);
    }

    /// <summary>What can be seen of the router's exploring; null when the experiment has none.</summary>
    /// <exception cref="StateUnavailableException">State is away.</exception>
    public async Task<IReadOnlyList<RouterAudit>?> AuditAsync(Tenant tenant, Experiment experiment, CancellationToken cancellationToken) => ExperimentRouter.Of(experiment) is { } router
        ? RouterAudit.Of(await routers.ReadAsync(tenant.Name, experiment.Name, router, cancellationToken), router.Router, [.. experiment.Arms.Select(arm => arm.Name)], router.Kind, time.GetUtcNow()) : null;

    private string Bucket(RouterContext context, EncodedPrompt prompt)
    {
        bool needsText = context is RouterContext.Class or RouterContext.ClassAndLength;
        string question = !needsText ? "" : prompt.Messages?.LastOrDefault(message => message.Role == "user")?.Content ?? model.Tokenizer.Decode(prompt.Tokens);
        return ContextBucket.Of(context, question, prompt.Tokens.Length);
    }
}
