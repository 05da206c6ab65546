using InferenceServer.Experiments;
using InferenceServer.Experiments.Routers;
using InferenceServer.Server.Generation;
using InferenceServer.Server.Requests;

namespace InferenceServer.Server.Experiments;

/// <summary>A request's part in an experiment: which arm it got, and whether that is on record.</summary>
/// <param name="Experiment">As it was when the arm was assigned.</param>
/// <param name="Index">The arm's.</param>
/// <param name="Unit">The unit's pseudonym.</param>
/// <param name="Plans">Every arm's plan.</param>
public sealed record Participation(Experiment Experiment, int Index, string Unit, IReadOnlyList<ResolvedPlan> Plans)
{
    /// <summary>No exposure: the request named the arm.</summary>
    public const string Forced = "forced";

    /// <summary>No exposure: all arms do the same work for this request, so which one it got made no difference.</summary>
    public const string SameWork = "same_work";

    /// <summary>No exposure: nothing was generated.</summary>
    public const string NothingGenerated = "nothing_generated";

    /// <summary>No exposure: shared state is away.</summary>
    public const string StateUnavailable = "state_unavailable";

    /// <summary>No exposure: the experiment has as many as are kept.</summary>
    public const string Full = "full";

    public Arm Arm => Experiment.Arms[Index];
    public ResolvedPlan Plan => Plans[Index];

    /// <summary>How the router chose the arm; null when weights or the request did.</summary>
    public RouterDecision? Decision { get; init; }

    /// <summary>Whether the experiment is not on record yet.</summary>
    public bool IsNew { get; init; }

    /// <summary>Why the request does not count, as far as that is known; null when it does.</summary>
    public string? Reason { get; set; }

    /// <summary>Whether the exposure is on record.</summary>
    public bool IsExposed { get; set; }

    /// <summary>A request's fields with the sampling of one arm over them.</summary>
    public SamplingFields Over(SamplingFields fields, int arm) => Experiment.Arms[arm].Sampling is not { } own ? fields : fields with
    {
        Temperature = own.Temperature ?? fields.Temperature,
        TopP = own.TopP ?? fields.TopP,
        TopK = own.TopK ?? fields.TopK,
        MinP = own.MinP ?? fields.MinP,
        FrequencyPenalty = own.FrequencyPenalty ?? fields.FrequencyPenalty,
        PresencePenalty = own.PresencePenalty ?? fields.PresencePenalty,
        RepetitionPenalty = own.RepetitionPenalty ?? fields.RepetitionPenalty,
    };
}
