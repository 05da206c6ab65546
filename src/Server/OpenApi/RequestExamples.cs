using System.Text.Json.Nodes;

namespace InferenceServer.Server.OpenApi;

/// <summary>One body for each operation, as Swagger UI offers it. A test sends each to the server.</summary>
public static class RequestExamples
{
    private static readonly Dictionary<string, string> Bodies = new(StringComparer.Ordinal)
    {
        ["createChatCompletion"] = """
            {
              "messages": [{"role": "user", "content": "Emma starts with 13 stamps. Then Emma gets 3 bags of 13 stamps. How many stamps does Emma have now?"}],
              "strategies": [{"name": "best_of_n", "n": 4}],
              "max_completion_tokens": 64,
              "temperature": 0.8,
              "seed": 7
            }
            """,
        ["createCompletion"] = """{"prompt": "3 + 4 =", "max_tokens": 16, "temperature": 0, "logprobs": 2, "echo": true}""",
        ["generate"] = """
            {
              "messages": [{"role": "user", "content": "Emma starts with 13 stamps. Then Emma gets 3 bags of 13 stamps. How many stamps does Emma have now?"}],
              "strategies": [{"name": "self_consistency", "n": 4}],
              "budget": {"max_total_tokens": 2000, "deadline_ms": 20000},
              "max_tokens": 64,
              "seed": 7
            }
            """,
        ["score"] = """{"prompt": "3 + 4 =", "continuation": [" 7", " 8"]}""",
    };

    public static IEnumerable<string> Operations => Bodies.Keys;

    public static JsonNode? Of(string? operationId) => operationId is not null && Bodies.TryGetValue(operationId, out string? body) ? JsonNode.Parse(body) : null;
}
