using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using InferenceServer.Experiments;
using InferenceServer.Experiments.Routers;
using InferenceServer.Server.Errors;
using InferenceServer.Server.Generation;
using InferenceServer.Server.Requests;
using InferenceServer.Server.State;
using InferenceServer.Strategies.State;

namespace InferenceServer.Server.Experiments;

/// <summary>Where requests enter experiments: finds the experiment, checks that it is the one that the request means, and assigns the arm.</summary>
public sealed class ExperimentEntrance(ExperimentStore store, ExperimentKeeper keeper, ExperimentRouting routing, PlanReader plans, ServedModel model, TimeProvider time)
{
    /// <summary>A request's part; null when it takes part in nothing.</summary>
    /// <exception cref="ApiException">The experiment is unknown, stopped or another one, or one of its arms cannot run.</exception>
    public async ValueTask<Participation?> EnterAsync(HttpContext http, RequestIdentity identity, SamplingFields fields, IReadOnlyList<EncodedPrompt> prompts)
    {
        string? byModel = ModelName.Parse(fields.Model, model.Name).Experiment;
        if (byModel is null && fields.Experiment is null)
            return null;
        ExperimentFields asked = fields.Experiment ?? new();
        if (fields.Strategies is not null || fields.Strategy is not null)
            throw ApiException.InvalidValue(fields.Strategies is not null ? "strategies" : "strategy", "and an experiment are both given; the experiment's arm decides the plan, so leave one of them out.");
        string name = NameOf(asked, byModel);
        if (asked.Router is not null && asked.Arms is null)
            throw ApiException.InvalidValue("experiment.router", "is given without arms; the experiment of this name has its own router, or none. PUT /api/experiments/{name} changes it.");
        Experiment? inline = asked.Arms is { } arms ? Define(name, arms, asked.Router) : null;
        // Every plan is bound before anything is looked up or written: an experiment that cannot run must leave no trace.
        IReadOnlyList<ResolvedPlan>? bound = inline is null ? null : Bind(inline, "experiment.");

        Experiment? known = null;
        string? reason = null;
        try
        {
            known = await store.RecallAsync(identity.Tenant.Name, name, http.RequestAborted);
        }
        catch (StateUnavailableException) when (inline is not null)
        {
            // The request says all that is needed to answer it.
            reason = Participation.StateUnavailable;
        }
        if (known is null && inline is null)
            throw ApiException.ExperimentNotFound(name);
        if (known is not null && inline is not null)
            RequireSame(known, inline);
        if (known?.Status == ExperimentStatus.Stopped)
            throw ApiException.ExperimentStopped(name, known.StoppedReason);
        Experiment experiment = known is null ? inline! : await keeper.AdvanceAsync(identity.Tenant, known, http.RequestAborted);
        bound ??= Bind(experiment, "");

        string unit = UnitOf(http, asked, fields, experiment, prompts);
        RouterDecision? decision = asked.Arm is null ? await routing.ChooseAsync(identity.Tenant, experiment, prompts, http.RequestAborted) : null;
        Arm arm = decision is not null ? experiment.Find(decision.Arm)! : asked.Arm is null ? Assignment.Of(experiment, unit)
            : experiment.Find(asked.Arm) ?? throw ApiException.InvalidValue("experiment.arm", $"is '{JsonKind.Shorten(asked.Arm)}', but the experiment has {string.Join(", ", experiment.Arms.Select(own => own.Name))}.");
        return new Participation(experiment, IndexOf(experiment, arm), Assignment.Pseudonym(experiment, unit), bound)
        {
            Decision = decision,
            IsNew = known is null && reason is null,
            Reason = asked.Arm is not null ? Participation.Forced : reason,
        };
    }

    /// <summary>Puts a new experiment on record, once all of its arms are known to run.</summary>
    /// <exception cref="ApiException">Somebody else was faster, with other arms; or there are too many experiments.</exception>
    public async ValueTask RegisterAsync(Tenant tenant, Participation part, CancellationToken cancellationToken)
    {
        try
        {
            if (part.IsNew)
            {
                Experiment registered = (await store.ChangeAsync(tenant.Name, part.Experiment.Name, current => current is null ? part.Experiment : null, cancellationToken))!;
                RequireSame(registered, part.Experiment);
            }
            if (part.Reason is null)
                await routing.PullAsync(tenant, part, cancellationToken);
        }
        catch (TooManyExperimentsException e)
        {
            throw ApiException.TooManyExperiments(e.Message);
        }
        catch (StateUnavailableException)
        {
            part.Reason ??= Participation.StateUnavailable;
        }
    }

    private static string NameOf(ExperimentFields asked, string? byModel)
    {
        if (byModel is null)
            return asked.Name ?? throw ApiException.Missing("experiment.name", "the experiment's name.");
        if (asked.Name is not null && asked.Name != byModel)
            throw ApiException.InvalidValue("experiment.name", $"is '{JsonKind.Shorten(asked.Name)}', but the model is '{ModelName.ExperimentPrefix}{byModel}'; a request takes part in one experiment.");
        return asked.Arms is null ? byModel
            : throw ApiException.InvalidValue("experiment.arms", $"are given, but the model '{ModelName.ExperimentPrefix}{byModel}' stands for an experiment that has its arms already; name the experiment in 'experiment.name' alone.");
    }

    private Experiment Define(string name, IReadOnlyList<ArmFields> arms, JsonElement? router)
    {
        var experiment = new Experiment(name, [.. arms.Select(arm => arm.ToArm())], time.GetUtcNow()) { Status = ExperimentStatus.Inline, Router = router?.Clone() };
        return ExperimentRules.Check(experiment) is { } problem ? throw ApiException.InvalidValue($"experiment.{problem.Field}", problem.Message) : experiment;
    }

    private ResolvedPlan[] Bind(Experiment experiment, string prefix) =>
        [.. experiment.Arms.Select((arm, index) => plans.ReadArm(arm, model.Name, $"{prefix}arms[{index}]"))];

    /// <summary>Weights count only while requests carry them: those of a named experiment are changed by its ramp, and the request's are not used.</summary>
    private static void RequireSame(Experiment known, Experiment asked)
    {
        bool isSame = known.Fingerprint == asked.Fingerprint
            && (known.Status != ExperimentStatus.Inline || known.Arms.Select(arm => arm.Weight).SequenceEqual(asked.Arms.Select(arm => arm.Weight)));
        if (!isSame)
            throw ApiException.ExperimentConflict("experiment.arms", known, asked);
        if (known.Status == ExperimentStatus.Inline && (known.Router is { } router ? asked.Router is not { } other || !JsonElement.DeepEquals(router, other) : asked.Router is not null))
            throw ApiException.RouterConflict(known, asked);
    }

    private static int IndexOf(Experiment experiment, Arm arm)
    {
        int index = 0;
        while (experiment.Arms[index].Name != arm.Name)
            index++;
        return index;
    }

    /// <summary>What the caller called the unit; else the API key, the user or the prompt.</summary>
    private static string UnitOf(HttpContext http, ExperimentFields asked, SamplingFields fields, Experiment experiment, IReadOnlyList<EncodedPrompt> prompts)
    {
        if (asked.Unit is { } named)
            return named.Length is > 0 and <= ExperimentRules.MaxUnit ? named
                : throw ApiException.InvalidValue("experiment.unit", string.Create(CultureInfo.InvariantCulture, $"has {named.Length} characters; it must have from 1 to {ExperimentRules.MaxUnit}."));
        if (experiment.UnitBy is null or UnitSource.ApiKey && Tenant.Known(http) is { } caller)
            return $"key:{caller.Name}";
        if (experiment.UnitBy is null or UnitSource.User && fields.User is { Length: > 0 } user)
            return user;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (EncodedPrompt prompt in prompts)
            hash.AppendData(MemoryMarshal.AsBytes<int>(prompt.Tokens));
        return $"prompt:{Convert.ToHexStringLower(hash.GetHashAndReset())}";
    }
}
