using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace InferenceServer.Strategies.Verifying;

/// <summary>What webhooks and commands are told and reply. Anything else than a well-formed reply says nothing about the answer.</summary>
internal static class ExternalReply
{
    private const int LongestFeedback = 500;

    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Ask(Submission submission) =>
        new JsonObject { ["question"] = submission.Question, ["text"] = submission.Text, ["answer"] = submission.Answer?.Text }.ToJsonString(Readable);

    /// <param name="json">An object with "outcome" (pass, fail or unknown), and optionally "feedback", a text, and "quality", a number.</param>
    public static Verdict Read(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            using JsonDocument document = JsonDocument.ParseValue(ref reader);
            JsonElement reply = document.RootElement;
            if (reply.ValueKind != JsonValueKind.Object || !reply.TryGetProperty("outcome", out JsonElement said))
                return Unknown("it lacks \"outcome\"");
            VerificationOutcome? outcome = said.ValueKind == JsonValueKind.String ? said.GetString() switch
            {
                "pass" => VerificationOutcome.Pass,
                "fail" => VerificationOutcome.Fail,
                "unknown" => VerificationOutcome.Unknown,
                _ => null,
            } : null;
            if (outcome is not { } known)
                return Unknown("its \"outcome\" is none of pass, fail and unknown");
            string feedback = reply.TryGetProperty("feedback", out JsonElement text) && text.ValueKind == JsonValueKind.String ? Clean(text.GetString()!) : "";
            return new Verdict(known, VerifierKind.Executable, feedback)
            {
                Quality = reply.TryGetProperty("quality", out JsonElement quality) && quality.ValueKind == JsonValueKind.Number ? quality.GetDouble() : null,
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            return Unknown("it is not JSON");
        }
    }

    private static Verdict Unknown(string why) => Verdict.Unknown(VerifierKind.Executable, $"The verifier's reply cannot be read: {why}.");

    /// <summary>It may be shown to a model: one line of bounded length.</summary>
    private static string Clean(string feedback)
    {
        string line = string.Join(' ', new string([.. feedback.Select(c => char.IsControl(c) ? ' ' : c)]).Split(' ', StringSplitOptions.RemoveEmptyEntries));
        return line.Length > LongestFeedback ? line[..LongestFeedback] : line;
    }
}
