using System.Text.Json.Nodes;

namespace InferenceServer.Server.OpenApi;

/// <summary>One body for each operation, as Swagger UI offers it. A test sends each to the server.</summary>
public static class RequestExamples
{
    private static readonly Dictionary<string, string> Bodies = new(StringComparer.Ordinal)
    {
        ["createChatCompletion"] = """
            {
              "messages": [{"role": "user", "content": "Emma starts with 13 stamps. Then Emma gets 3 bags of 12 stamps each. How many stamps does Emma have now?"}],
              "strategies": [{"name": "best_of_n", "n": 4}],
              "max_completion_tokens": 64,
              "temperature": 0.8,
              "seed": 7
            }
            """,
        ["createCompletion"] = """{"prompt": "3 + 4 =", "max_tokens": 16, "temperature": 0, "logprobs": 2, "echo": true}""",
        ["generate"] = """
            {
              "messages": [{"role": "user", "content": "Emma starts with 13 stamps. Then Emma gets 3 bags of 12 stamps each. How many stamps does Emma have now?"}],
              "strategies": [{"name": "self_consistency", "n": 4}],
              "budget": {"max_total_tokens": 2000, "deadline_ms": 20000},
              "max_tokens": 64,
              "seed": 7
            }
            """,
        ["replayTrace"] = """{"strategies": [{"name": "best_of_n", "n": 4, "select": "self_certainty"}]}""",
        ["putHandbook"] = """
            {
              "behaviours": [
                {"name": "behavior_unit_check", "instruction": "Before the final answer, check that the unit of the result is the one that was asked for.", "topics": ["arithmetic"]},
                {"name": "behavior_total_of_groups", "instruction": "When equal groups are added, multiply the number of groups by the size of one first, then add what was there.", "topics": ["arithmetic", "multiplication"]}
              ]
            }
            """,
        ["calibrate"] = """
            {
              "problems": [
                {"question": "Emma starts with 13 stamps. Then Emma gets 3 bags of 12 stamps each. How many stamps does Emma have now?", "answer": "52"},
                {"question": "Emma starts with 13 stamps. How many coins does Emma have now?"}
              ],
              "strategies": [{"name": "best_of_n", "n": 2}],
              "target_risk": 0.1,
              "max_tokens": 32
            }
            """,
        ["buildHandbook"] = """
            {
              "problems": [
                {"question": "Emma starts with 13 stamps. Then Emma gets 3 bags of 12 stamps each. How many stamps does Emma have now?", "answer": "52", "topics": ["multiplication"]}
              ],
              "max_tokens": 64
            }
            """,
        ["echoGap"] = """
            {
              "prompt": "Emma starts with 13 stamps. Then Emma gets 3 bags of 12 stamps each. How many stamps does Emma have now?",
              "completion": "Emma starts with 13 stamps and gets 3 bags of 13 stamps.\n3 * 13 = 39\n13 + 39 = 52"
            }
            """,
        ["putBehaviour"] = """{"instruction": "Write every intermediate result on a line of its own, so that it can be checked.", "topics": ["arithmetic"]}""",
        ["putExperiment"] = """
            {
              "arms": [
                {"name": "plain", "strategies": []},
                {"name": "bo8", "strategies": [{"name": "best_of_n", "n": 8}], "sampling": {"temperature": 0.8}}
              ],
              "ramp": [{"after_exposures": 500, "weights": {"bo8": 3}}],
              "guardrails": [{"metric": "error", "max": 0.05}],
              "metrics": [{"name": "correct", "better": "higher", "margin": 0.05}]
            }
            """,
        ["feedback"] = """{"request_id": "chatcmpl-01890a5d7c3e7e8f9a0b1c2d3e4f5a6b", "name": "correct", "value": true}""",
        ["score"] = """{"prompt": "3 + 4 =", "continuation": [" 7", " 8"]}""",
    };

    public static IEnumerable<string> Operations => Bodies.Keys;

    public static JsonNode? Of(string? operationId) => operationId is not null && Bodies.TryGetValue(operationId, out string? body) ? JsonNode.Parse(body) : null;
}
