using System.Text.Json;
using InferenceServer.Experiments;
using InferenceServer.Server.Errors;
using InferenceServer.Server.Requests;
using InferenceServer.Strategies;
using InferenceServer.Strategies.Verifying;

namespace InferenceServer.Server.Generation;

/// <summary>The plan as bound, and as it is echoed in the response with its defaults filled in.</summary>
/// <param name="Origin">Where it came from, for messages and the response.</param>
/// <param name="IsPlain">Whether every choice is one sampled sequence.</param>
public sealed record ResolvedPlan(IReadOnlyList<StrategyOptions> Strategies, JsonElement Echo, PlanOrigin Origin, bool IsPlain);

/// <summary>
/// Finds the plan of a request. It may be in the body, after the model's name, or in a header; the first of these that is there decides alone, since the body is what
/// the caller wrote for this request, the model's name is often part of a client's settings, and headers are set once for all requests, or by a proxy.
/// </summary>
public sealed class PlanReader(StrategyCatalog catalog)
{
    public const string Header = "X-Strategy";

    /// <param name="fields">The request's fields.</param>
    /// <param name="model">Its model's name, which may carry a strategy.</param>
    /// <param name="headers">Its headers.</param>
    /// <exception cref="ApiException">Two plans in the body, or one that cannot run; the message says where it stands.</exception>
    public ResolvedPlan Read(SamplingFields fields, ModelName model, IHeaderDictionary headers)
    {
        if (fields.Strategies is not null && fields.Strategy is not null)
            throw ApiException.InvalidValue("strategy", "and 'strategies' are both given; one plan goes into one of them.");
        (PlanOrigin origin, JsonElement plan) = fields switch
        {
            { Strategies: { } array } => (PlanOrigin.Array, array),
            { Strategy: { } single } => (PlanOrigin.Single, ArrayOf(single)),
            _ when model.Strategy is { } name => (PlanOrigin.Model, ArrayOf(Named(name))),
            _ when headers.TryGetValue(Header, out var values) => FromHeader(values.Count == 1 ? values[0] ?? "" : throw HeaderRefused("is given more than once.")),
            _ => (PlanOrigin.None, JsonSerializer.SerializeToElement(Array.Empty<int>())),
        };
        return Bind(plan, origin);
    }

    /// <summary>The plan of a request that has no other place for it.</summary>
    /// <exception cref="ApiException">It cannot run; the message says where it stands.</exception>
    public ResolvedPlan Read(JsonElement strategies) => Bind(strategies, PlanOrigin.Array);

    /// <param name="arm">An experiment's arm.</param>
    /// <param name="served">The name of the served model.</param>
    /// <param name="path">Where the arm stands, for messages.</param>
    /// <exception cref="ApiException">Its plan cannot run, or its model is another one; the message says where it stands.</exception>
    public ResolvedPlan ReadArm(Arm arm, string served, string path)
    {
        string? strategy;
        try
        {
            strategy = ModelName.Parse(arm.Model, served) is { Experiment: null, Strategy: var after } ? after : throw ApiException.ModelNotFound(arm.Model!, served);
        }
        catch (ApiException)
        {
            throw ApiException.InvalidValue($"{path}.model", $"is '{arm.Model}', but this server serves '{served}'; leave it out.");
        }
        return Bind(arm.Strategies ?? (strategy is null ? JsonSerializer.SerializeToElement(Array.Empty<int>()) : ArrayOf(Named(strategy))),
            arm.Strategies is null && strategy is not null ? new("experiment", $"{path}.model", $"{path}.model") : PlanOrigin.OfArm(path));
    }

    /// <summary>The plan of a request that has no other place for it.</summary>
    /// <param name="origin">What it is called there.</param>
    /// <exception cref="ApiException">It cannot run; the message says where it stands.</exception>
    public ResolvedPlan Bind(JsonElement plan, PlanOrigin origin)
    {
        try
        {
            IReadOnlyList<StrategyOptions> bound = catalog.Bind(plan, PlanOrigin.Field);
            return new(bound, JsonSerializer.SerializeToElement(catalog.ToJson(bound)), origin, bound.All(options => options is PlainOptions));
        }
        catch (StrategyPlanException e)
        {
            throw Refusal(e, origin);
        }
    }

    /// <summary>The request's verifiers, none when it has none.</summary>
    /// <exception cref="ApiException">One of them is unknown or has an option that does not fit.</exception>
    public IReadOnlyList<VerifierOptions> ReadVerifiers(SamplingFields fields)
    {
        try
        {
            return fields.Verifiers is { } verifiers ? catalog.Verifiers.Bind(verifiers) : [];
        }
        catch (StrategyPlanException e)
        {
            throw Refusal(e, PlanOrigin.None);
        }
    }

    /// <summary>What the client is told about a plan that cannot run, in the words of its request.</summary>
    public static ApiException Refusal(StrategyPlanException problem, PlanOrigin origin)
    {
        string path = origin.PathOf(problem.Path);
        return ApiException.Invalid(path.StartsWith("verifiers", StringComparison.Ordinal) ? "invalid_verifier" : "invalid_strategy", path, $"'{path}': {problem.Reason}");
    }

    /// <summary>The header is a name, an object or an array.</summary>
    private static (PlanOrigin, JsonElement) FromHeader(string text)
    {
        text = text.Trim();
        if (text.Length == 0)
            throw HeaderRefused("is empty; it holds a strategy's name, its JSON object, or a JSON array of them.");
        if (text[0] is not ('{' or '['))
            return (PlanOrigin.HeaderSingle, ArrayOf(Named(text)));
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 32, AllowDuplicateProperties = false });
            JsonElement plan = document.RootElement.Clone();
            return plan.ValueKind == JsonValueKind.Array ? (PlanOrigin.HeaderArray, plan) : (PlanOrigin.HeaderSingle, ArrayOf(plan));
        }
        catch (JsonException e)
        {
            throw HeaderRefused($"is not JSON: {e.Message}");
        }
    }

    private static ApiException HeaderRefused(string reason) => ApiException.Invalid("invalid_strategy", Header, $"The header '{Header}' {reason}");

    private static JsonElement Named(string name) => JsonSerializer.SerializeToElement(new Dictionary<string, string> { ["name"] = name });

    private static JsonElement ArrayOf(JsonElement single) => JsonSerializer.SerializeToElement(new[] { single });
}
