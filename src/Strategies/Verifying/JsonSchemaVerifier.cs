using System.ComponentModel;
using System.Text.Json;
using System.Text.RegularExpressions;
using InferenceServer.Plugins;
using Json.Schema;

namespace InferenceServer.Strategies.Verifying;

/// <summary>
/// Validates the JSON in a completion: the whole of it, or its last fenced block. Schemas with regular expressions are refused, since the library would run
/// them without a limit of time; a <c>regex</c> verifier has one.
/// </summary>
[Plugin("json_schema", "The completion is JSON that a schema accepts.")]
public sealed partial class JsonSchemaVerifier : IVerifier<JsonSchemaOptions>
{
    public VerifierKind Kind => VerifierKind.Reference;

    public ValueTask<Verdict> VerifyAsync(JsonSchemaOptions options, Submission submission, CancellationToken cancellationToken)
    {
        JsonDocument document;
        try
        {
            Match fenced = Fenced().Match(submission.Text);
            document = JsonDocument.Parse(fenced.Success ? fenced.Groups[1].Value : submission.Text);
        }
        catch (JsonException e)
        {
            return new(Verdict.Fail(Kind, $"The answer is not valid JSON: {e.Message}"));
        }
        using (document)
        {
            EvaluationResults results = Build(options.Schema).Evaluate(document.RootElement, new EvaluationOptions { OutputFormat = OutputFormat.List });
            return new(results.IsValid ? Verdict.Pass(Kind) : Verdict.Fail(Kind, $"The JSON does not fit its schema: {Mistake(results)}."));
        }
    }

    public PlanProblem? Check(JsonSchemaOptions options, ILanguageModel model)
    {
        if (UsesPatterns(options.Schema))
            return new("schema", "uses pattern or patternProperties, whose regular expressions could run without end; use a regex verifier for them.");
        try
        {
            Build(options.Schema).Evaluate(JsonDocument.Parse("null").RootElement);
            return null;
        }
        catch (Exception e) when (e is JsonException or JsonSchemaException or InvalidOperationException or ArgumentException)
        {
            return new("schema", $"is no JSON Schema: {e.Message}");
        }
    }

    /// <summary>In a registry of its own, so that one request's $id is not another's; nothing is fetched.</summary>
    private static JsonSchema Build(JsonElement schema) => JsonSchema.FromText(schema.GetRawText(), new BuildOptions { SchemaRegistry = new SchemaRegistry() });

    private static string Mistake(EvaluationResults results) =>
        (results.Details ?? []).Where(detail => detail.Errors is { Count: > 0 })
            .Select(detail => $"{(detail.InstanceLocation.ToString() is { Length: > 0 } at ? at : "the whole")}: {detail.Errors!.First().Value}").FirstOrDefault() ?? "it is not allowed";

    private static bool UsesPatterns(JsonElement schema) => schema.ValueKind switch
    {
        JsonValueKind.Object => schema.EnumerateObject().Any(p => (p.Name == "pattern" && p.Value.ValueKind == JsonValueKind.String) || p.Name == "patternProperties" || UsesPatterns(p.Value)),
        JsonValueKind.Array => schema.EnumerateArray().Any(UsesPatterns),
        _ => false,
    };

    [GeneratedRegex(@"```(?:json)?\s*\n(.*?)```", RegexOptions.Singleline | RegexOptions.RightToLeft)]
    private static partial Regex Fenced();
}

public sealed record JsonSchemaOptions : VerifierOptions
{
    [Description("The JSON Schema, as an object.")]
    public required JsonElement Schema { get; init; }
}
