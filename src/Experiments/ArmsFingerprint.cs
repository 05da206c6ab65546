using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;

namespace InferenceServer.Experiments;

/// <summary>
/// What arms are, in 16 hexadecimal digits: names, plans, sampling and models, in their order. The order of members inside an object, spaces and weights do not count. A plan counts as
/// it was written, not as it is resolved, so that an option which a later version of the server adds with a default moves no unit.
/// </summary>
public static class ArmsFingerprint
{
    private static readonly JsonElement EmptyPlan = JsonSerializer.SerializeToElement(Array.Empty<int>());

    public static string Of(IEnumerable<Arm> arms)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            foreach (Arm arm in arms)
            {
                json.WriteStartArray();
                json.WriteStringValue(arm.Name);
                // No plan and an empty one are both plain sampling.
                Write(json, arm.Strategies ?? (arm.Model is null ? EmptyPlan : null));
                Write(json, arm.Sampling is { } sampling ? JsonSerializer.SerializeToElement(sampling, ExperimentJson.Instance.ArmSampling) : null);
                json.WriteStringValue(arm.Model);
                json.WriteEndArray();
            }
            json.WriteEndArray();
        }
        return Convert.ToHexStringLower(SHA256.HashData(buffer.WrittenSpan))[..16];
    }

    private static void Write(Utf8JsonWriter json, JsonElement? element)
    {
        switch (element?.ValueKind)
        {
            case JsonValueKind.Object:
                json.WriteStartObject();
                foreach (JsonProperty member in element.Value.EnumerateObject().OrderBy(member => member.Name, StringComparer.Ordinal))
                {
                    json.WritePropertyName(member.Name);
                    Write(json, member.Value);
                }
                json.WriteEndObject();
                break;
            case JsonValueKind.Array:
                json.WriteStartArray();
                foreach (JsonElement item in element.Value.EnumerateArray())
                    Write(json, item);
                json.WriteEndArray();
                break;
            case null:
                json.WriteNullValue();
                break;
            default:
                // 8 and 8.0 are the same number.
                if (element.Value.ValueKind == JsonValueKind.Number && element.Value.TryGetDouble(out double number) && double.IsFinite(number))
                    json.WriteNumberValue(number);
                else
                    element.Value.WriteTo(json);
                break;
        }
    }
}
