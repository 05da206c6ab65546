using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using InferenceServer.Modeling.Text.Jinja;
using InferenceServer.Shared;

namespace InferenceServer.Modeling.Tests.Text.Jinja;

/// <summary>
/// Renders as Hugging Face's JavaScript interpreter does. Booleans are compared as JSON only: as text they are True and False here, as in Python, for which
/// templates are written, and true and false there.
/// </summary>
public sealed class JinjaOracleTests
{
    private static readonly string[] Snippets =
    [
        "a {{ 1 + 2 * 3 }} b {{ (1 + 2) * 3 }} {{ 7 // 2 }} {{ 7 % 3 }} {{ 7 / 2 }} {{ -3 + 1 }}",
        "{{ 'a' ~ 1 }} {{ 'x' + 'y' }} {{ 1.5 }} {{ 2.0 * 2 }}",
        "{% for i in range(3) %}{{ i }}{% if not loop.last %}, {% endif %}{% endfor %}",
        "{% for i in range(5) if i % 2 == 0 %}{{ loop.index }}:{{ i }} {% else %}none{% endfor %}",
        "{% for i in [] %}{{ i }}{% else %}none{% endfor %}",
        "{% for i in range(9) %}{% if i == 1 %}{% continue %}{% endif %}{% if i == 4 %}{% break %}{% endif %}{{ i }}{% endfor %}",
        "{% for k, v in {'b': 1, 'a': [1, 'x']}.items() %}{{ k }}={{ v | tojson }};{% endfor %}",
        "{% set x = 1 %}{% for i in [1] %}{% set x = x + i %}{{ x }}{% endfor %}{{ x }}",
        "{% set ns = namespace(n=0) %}{% for i in [1, 2] %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}",
        "{% set x %}block {{ 1 }}{% endset %}[{{ x }}]",
        "{% macro f(a, b='z') %}({{ a }}{{ b }}){% endmacro %}{{ f(1) }}{{ f(2, b=3) }}{{ f(2, 'c') | trim }}",
        "{{ ' a b ' | trim }}|{{ ' x'.lstrip() }}|{{ 'a,b,c'.split(',') | join('-') }}|{{ 'a b  c'.split() | length }}",
        "{{ 'abc'[1:] }} {{ 'abc'[-1] }} {{ 'abc'[::-1] }} {{ [1, 2, 3, 4][1:3] | join }} {{ [1, 2, 3, 4][:-1] | join(',') }} {{ [1, 2, 3][::2] | join }}",
        "{{ 'Abc'.upper() }} {{ 'Abc' | lower }} {{ 'abc def' | title }} {{ 'abc' | capitalize }} {{ 'abcabc'.replace('b', 'X') }} {{ 'abc' | replace('c', '') }}",
        "{{ ['b' in 'abc', 4 in [1, 2], 4 not in [1, 2], 'k' in {'k': 1}] | tojson }}",
        "{{ [x is defined, x is not defined, none is none, 'a' is string, 1 is number, [1] is iterable, {} is mapping, true is true] | tojson }}",
        "{{ missing }}|{{ missing | default('d') }}|{{ '' | default('e', true) }}|{{ (missing is defined and missing.x) | tojson }}",
        "{{ 'yes' if 1 > 0 else 'no' }} {{ 'only' if false }} {{ [not true or true, 1 == 1.0, 3 >= 3 and 2 != 3] | tojson }}",
        "{{ [{'n': 'a', 'k': 1}, {'n': 'b', 'k': 2}] | selectattr('n', 'equalto', 'b') | map(attribute='n') | list | tojson }}",
        "{{ [3, 1, 2] | sort | join }} {{ [1, 2, 3] | first }} {{ [1, 2, 3] | last }} {{ [1, 2] | length }} {{ 'abc' | length }}",
        "{{ {'a': 'q\"\\n', 'b': [true, none, 1.5], 'c': {}, 'd': []} | tojson }}",
        "{{ {'a': [1, {'b': 2}]} | tojson(indent=2) }}",
        "{{ {'x': 1}.get('x') }} {{ {'x': 1}.get('y', 5) }} {{ {'x': 1}['x'] }} {{ {'x': {'y': 2}}.x.y }}",
        "  {% if true %}\n  yes\n  {% endif %}\n  end\n",
        "a\n{%- if true -%}\n  b\n{%- endif -%}\nc",
        "a {#- note -#} b {# note #}\nc\n",
        "{{ 'a' }}\n{{ 'b' }}\n\n{% set y = 1 %}\n{{ y }}\n",
        "\n  {% set a = 1 %}  {% set b = 2 %}\n  {{ a }}{{ b }}  \n",
        "{{ \"it's\" }} {{ 'say \"hi\"' }} {{ 'tab\\tnew\\nline\\\\' }}",
        "{{ ['abc'.startswith('ab'), 'abc'.endswith('x')] | tojson }} {{ 'a-b'.split('-')[-1] }} {{ 'A'.lower() }}",
        "{% generation %}inside{% endgeneration %}",
        "{% if false %}a{% elif 0 %}b{% elif 'x' %}c{% else %}d{% endif %}",
        "{{ raise_exception('refused') }}",
    ];

    [Fact]
    public void Render_SnippetsAndFamilies_EqualHuggingFace()
    {
        string folder = NodeFolder();
        var cases = Snippets.Select(s => (Template: s, Variables: "{}"))
            .Concat(from template in TemplateFamilies.All from variables in Conversations() select (Template: template, Variables: variables))
            .ToList();
        JsonArray expected = RenderWithNode(folder, cases);
        var differences = cases.Zip(expected, (c, theirs) => Difference(c.Template, c.Variables, theirs!)).OfType<string>().ToList();
        Assert.True(differences.Count == 0, string.Join("\n\n", differences));
    }

    private static string? Difference(string template, string variables, JsonNode theirs)
    {
        string? text = null, error = null;
        try
        {
            text = JinjaTemplate.Parse(template).Render(FromJson(variables), TimeProvider.System);
        }
        catch (JinjaException e)
        {
            error = e.Message;
        }
        return theirs["text"]?.GetValue<string>() == text && theirs["error"]?.GetValue<string>() == error
            ? null
            : $"{template}\n{variables}\n theirs {theirs.ToJsonString()}\n ours   {JsonSerializer.Serialize(text)} {error}";
    }

    private static IEnumerable<string> Conversations()
    {
        const string Tools = """[{"type": "function", "function": {"name": "add", "description": "Adds \"two\" numbers, café", "parameters": {"type": "object", "properties": {"a": {"type": "integer"}}, "required": []}}}]""";
        string[] conversations =
        [
            """[{"role": "user", "content": " Hi <b>&amp; 😀 "}]""",
            """[{"role": "system", "content": "Be brief.\n"}, {"role": "user", "content": "2+2?"}]""",
            """[{"role": "user", "content": "2+2?"}, {"role": "assistant", "content": "<think>\nhm\n</think>\n\n4"}, {"role": "user", "content": "ok\n"}]""",
            """[{"role": "system", "content": "S"}, {"role": "user", "content": "q"}, {"role": "assistant", "content": "<think>\nhm\n</think>\n\n4"}]""",
            """[{"role": "assistant", "content": "first"}, {"role": "user", "content": "x"}]""",
        ];
        foreach (string messages in conversations)
            foreach (string rest in (string[])["\"add_generation_prompt\": true", "\"add_generation_prompt\": false, \"enable_thinking\": false", $"\"add_generation_prompt\": true, \"enable_thinking\": false, \"tools\": {Tools}"])
                yield return $"{{\"messages\": {messages}, \"bos_token\": \"<s>\", \"eos_token\": \"</s>\", {rest}}}";
    }

    private static JsonArray RenderWithNode(string folder, List<(string Template, string Variables)> cases)
    {
        var input = new JsonArray([.. cases.Select(c => (JsonNode)new JsonObject { ["template"] = c.Template, ["variables"] = JsonNode.Parse(c.Variables) })]);
        using var node = Process.Start(new ProcessStartInfo("node", ["jinja.mjs"]) { WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true })!;
        node.StandardInput.Write(input.ToJsonString());
        node.StandardInput.Close();
        var output = JsonNode.Parse(node.StandardOutput.ReadToEnd())!.AsArray();
        node.WaitForExit();
        return output;
    }

    private static string NodeFolder()
    {
        string node = Path.Combine(RepositoryRoot.Path, "tests", "Node");
        Assert.SkipUnless(Directory.Exists(Path.Combine(node, "node_modules", "@huggingface", "jinja")), "@huggingface/jinja is not installed: run 'npm ci' in tests/Node");
        Assert.SkipUnless((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(p => File.Exists(Path.Combine(p, "node"))), "node is not on the PATH");
        return node;
    }

    private static Dictionary<string, object?> FromJson(string json) => (Dictionary<string, object?>)ToValue(JsonDocument.Parse(json).RootElement)!;

    private static object? ToValue(JsonElement e) => e.ValueKind switch
    {
        JsonValueKind.Object => e.EnumerateObject().ToDictionary(p => p.Name, p => ToValue(p.Value)),
        JsonValueKind.Array => e.EnumerateArray().Select(ToValue).ToList(),
        JsonValueKind.String => e.GetString(),
        JsonValueKind.Number => e.TryGetInt64(out long i) ? i : e.GetDouble(),
        JsonValueKind.Null => null,
        _ => e.GetBoolean(),
    };
}
