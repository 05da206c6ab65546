using System.Text.Json;
using InferenceServer.Strategies.Verifying;

namespace InferenceServer.Strategies.Tests.Verifying;

public class VerifierTests
{
    private static async Task<Verdict> VerifyAsync(string verifiers, string text)
    {
        VerifierCatalog catalog = StrategyCatalog.BuiltIn.Verifiers;
        BoundVerifier[] bound = [.. catalog.Bind(JsonDocument.Parse(verifiers).RootElement).Select(catalog.Create)];
        return await VerifierPanel.VerifyAsync(bound, new Submission("Q", text), null, default);
    }

    private static async Task<string> OutcomeAsync(string verifier, string text) => (await VerifyAsync($"[{verifier}]", text)).Outcome.ToString().ToLowerInvariant();

    [Theory]
    [InlineData("42", "#### 42", "pass")]
    [InlineData("42", "#### 42.0 apples", "pass")]
    [InlineData("1/2", "The answer is 50%", "pass")]
    [InlineData("42", "#### 41", "fail")]
    [InlineData("42", "no idea", "fail")]
    [InlineData("unknown", "missing: age\n#### unknown", "pass")]
    public async Task Numeric_Answer_IsComparedWithTheReference(string reference, string text, string expected) =>
        Assert.Equal(expected, await OutcomeAsync($$"""{"name":"numeric","reference":"{{reference}}"}""", text));

    [Fact]
    public async Task Numeric_Tolerance_WidensIt()
    {
        Assert.Equal("pass", await OutcomeAsync("""{"name":"numeric","reference":"3.14","tolerance":0.01}""", "#### 3.145"));
        Assert.Equal("fail", await OutcomeAsync("""{"name":"numeric","reference":"3.14"}""", "#### 3.145"));
    }

    [Theory]
    [InlineData("2(x+1)", "\\boxed{2x+2}", "pass")]
    [InlineData("2(x+1)", "\\boxed{2x+1}", "fail")]
    [InlineData("(x-1)(x+1)", "Answer: x^2 - 1", "pass")]
    [InlineData("\\\\frac{1}{2}", "\\boxed{0.5}", "pass")]
    [InlineData("sqrt(8)", "\\boxed{2\\sqrt{2}}", "pass")]
    [InlineData("5", "\\boxed{x = 5}", "pass")]
    [InlineData("a*b", "\\boxed{b a}", "pass")]
    [InlineData("a*b", "\\boxed{a + b}", "fail")]
    [InlineData("2", "\\boxed{import os}", "fail")]
    public async Task Symbolic_Answer_IsComparedAsAFormula(string reference, string text, string expected) =>
        Assert.Equal(expected, await OutcomeAsync($$"""{"name":"symbolic","reference":"{{reference}}"}""", text));

    [Theory]
    [InlineData("1+2*3", 7)]
    [InlineData("-2^2", -4)]
    [InlineData("2^-1", 0.5)]
    [InlineData("(1,200 + 34.5) / 2", 617.25)]
    [InlineData("3×4÷6−1", 1)]
    [InlineData("50% * 8", 4)]
    public void Evaluate_Arithmetic_FollowsTheUsualRules(string text, double value) => Assert.Equal(value, Expression.Evaluate(text)!.Value, 9);

    [Theory]
    [InlineData("")]
    [InlineData("1+")]
    [InlineData("(1")]
    [InlineData("1)")]
    [InlineData("1 2")]
    [InlineData("silent")]
    [InlineData("x")]
    [InlineData("1..2")]
    [InlineData("=")]
    public void Evaluate_NoExpression_IsNull(string text) => Assert.Null(Expression.Evaluate(text));

    [Fact]
    public void Evaluate_HostileNesting_IsRefusedNotFatal()
    {
        Assert.Null(Expression.Evaluate(new string('(', 900) + "1"));
        Assert.Null(Expression.Evaluate(new string('1', 5000)));
        Assert.Null(Expression.Evaluate(string.Concat(Enumerable.Repeat("2^", 400)) + "2"));
    }

    [Theory]
    [InlineData("a: 13+39=52\n#### 52", "pass", null)]
    [InlineData("cost: 4*37: 4*30=120, 4*7=28, 120+28=148\n#### 148", "pass", null)]
    [InlineData("cost: 4*37: 4*30=120, 4*7=27, 120+27=147\n#### 147", "fail", "Step 1 is wrong: 4*7 is not 27.")]
    [InlineData("cost: 4*37: 4*30=120, 4*7=28, 120+27=147\n#### 147", "fail", "Step 1 is wrong: 4*37 is not 147.")]
    [InlineData("a: 1+1=2\n\nb: 87+46=120+13=132\n#### 132", "fail", "Step 2 is wrong: 120+13 is not 132.")]
    [InlineData("She has 13 + 39 = 52 stamps, then 52/4 = 13.", "pass", null)]
    [InlineData("She has 13 + 39 = 53 stamps.", "fail", "Step 1 is wrong: 13 + 39 is not 53.")]
    [InlineData("3 x 12 = 36", "pass", null)]
    [InlineData("$1,200 - $200 = $1,000", "pass", null)]
    [InlineData("10/3 = 3.33", "pass", null)]
    [InlineData("10/3 = 3.3", "pass", null)]
    [InlineData("10/3 = 3.4", "fail", "Step 1 is wrong: 10/3 is not 3.4.")]
    [InlineData("x + 2 = 10, so x = 8", "unknown", null)]
    [InlineData("2x = 10 and 10 = 2x", "unknown", null)]
    [InlineData("half of 6 + 4 = 5", "unknown", null)]
    [InlineData("Twelve makes a dozen.", "unknown", null)]
    [InlineData("a: 5-7=-2", "pass", null)]
    [InlineData("a: 5/0=1", "fail", "Step 1 is wrong: 5/0 is not 1.")]
    public async Task StepArithmetic_Solution_IsComputedAgain(string text, string expected, string? feedback)
    {
        Verdict verdict = await VerifyAsync("""[{"name":"step_arithmetic"}]""", text);
        Assert.Equal(expected, verdict.Outcome.ToString().ToLowerInvariant());
        if (feedback is not null)
            Assert.Equal((feedback, feedback[5] - '0'), (verdict.Feedback, verdict.Step));
    }

    [Theory]
    [InlineData("""{"name":"regex","pattern":"^\\d{3}$"}""", "#### 123", "pass")]
    [InlineData("""{"name":"regex","pattern":"^\\d{3}$"}""", "#### 12", "fail")]
    [InlineData("""{"name":"regex","pattern":"^\\d+$"}""", "none", "fail")]
    [InlineData("""{"name":"regex","pattern":"no","target":"text"}""", "none", "pass")]
    [InlineData("""{"name":"choice","choices":["A","B","C"],"reference":"B"}""", "Answer: (B) 12", "pass")]
    [InlineData("""{"name":"choice","choices":["A","B","C"],"reference":"B"}""", "Answer: C.", "fail")]
    [InlineData("""{"name":"choice","choices":["A","B","C"]}""", "Answer: D", "fail")]
    [InlineData("""{"name":"choice","choices":["A","B","C"]}""", "Answer: Apples", "fail")]
    [InlineData("""{"name":"json_schema","schema":{"type":"object","required":["a"]}}""", """{"a":1}""", "pass")]
    [InlineData("""{"name":"json_schema","schema":{"type":"object","required":["a"]}}""", "Here:\n```json\n{\"a\":1}\n```", "pass")]
    [InlineData("""{"name":"json_schema","schema":{"type":"object","required":["a"]}}""", """{"b":1}""", "fail")]
    [InlineData("""{"name":"json_schema","schema":{"type":"object"}}""", "not json", "fail")]
    public async Task Format_Answer_IsChecked(string verifier, string text, string expected) => Assert.Equal(expected, await OutcomeAsync(verifier, text));

    [Fact]
    public async Task Regex_CatastrophicPattern_IsUnknown() =>
        Assert.Equal("unknown", await OutcomeAsync("""{"name":"regex","pattern":"^(a+)+$","target":"text","timeout_ms":20}""", new string('a', 40) + "!"));

    [Theory]
    [InlineData("""[{"name":"numeric"}]""", "verifiers[0].reference")]
    [InlineData("""[{"name":"numerics","reference":"1"}]""", "verifiers[0].name")]
    [InlineData("""[{"name":"numeric","reference":"1"},{"name":"regex","pattern":"("}]""", "verifiers[1].pattern")]
    [InlineData("""[{"name":"regex","pattern":"a","timeout_ms":0}]""", "verifiers[0].timeout_ms")]
    [InlineData("""[{"name":"choice","choices":["A"]}]""", "verifiers[0].choices")]
    [InlineData("""[{"name":"choice","choices":["A","B"],"reference":"C"}]""", "verifiers[0].reference")]
    [InlineData("""[{"name":"symbolic","reference":"import os"}]""", "verifiers[0].reference")]
    [InlineData("""[{"name":"json_schema","schema":{"type":17}}]""", "verifiers[0].schema")]
    [InlineData("""[{"name":"json_schema","schema":{"properties":{"a":{"pattern":"(a+)+$"}}}}]""", "verifiers[0].schema")]
    [InlineData("""[{"name":"webhook","url":"http://169.254.169.254/latest"}]""", "verifiers[0].url")]
    [InlineData("""[{"name":"webhook","url":"file:///etc/passwd"}]""", "verifiers[0].url")]
    [InlineData("""[{"name":"command","command":"rm"}]""", "verifiers[0].command")]
    [InlineData("""[{"name":"judge","model":"nobody"}]""", "verifiers[0].model")]
    [InlineData("""{"name":"numeric","reference":"1"}""", "verifiers")]
    public async Task Start_VerifierThatCannotWork_IsRefusedBeforeATokenIsSpent(string verifiers, string path)
    {
        await using var model = new StoryModel([("a", 1)]);
        var error = Assert.Throws<StrategyPlanException>(() =>
            model.Start(StoryModel.Request() with { Verifiers = StrategyCatalog.BuiltIn.Verifiers.Bind(JsonDocument.Parse(verifiers).RootElement) }));
        Assert.Equal(path, error.Path);
        Assert.Equal(0, model.Decoder.Steps);
    }

    [Theory]
    [InlineData("a: 1+1=2\n#### 2", "pass")]
    [InlineData("a: 1+1=3\n#### 2", "fail")]
    [InlineData("#### 3", "fail")]
    [InlineData("#### 2", "unknown")]
    public async Task Panel_SeveralVerifiers_FailBeatsUnknownBeatsPass(string text, string expected)
    {
        Verdict verdict = await VerifyAsync("""[{"name":"numeric","reference":"2"},{"name":"step_arithmetic"}]""", text);
        Assert.Equal(expected, verdict.Outcome.ToString().ToLowerInvariant());
        if (expected == "pass")
            Assert.Equal(VerifierKind.Reference, verdict.VerifierKind);
    }

    [Fact]
    public async Task Panel_VerifierWithADefect_IsUnknown()
    {
        var broken = new BoundVerifier("broken", VerifierKind.Executable, (_, _) => throw new InvalidOperationException("oops"), _ => null);
        Verdict verdict = await VerifierPanel.VerifyAsync([broken], new Submission("Q", "x"), null, default);
        Assert.Equal((VerificationOutcome.Unknown, "The verifier broken failed: oops"), (verdict.Outcome, verdict.Feedback));
    }

    [Fact]
    public void ToJson_Verifiers_BindBack()
    {
        VerifierCatalog catalog = StrategyCatalog.BuiltIn.Verifiers;
        var json = catalog.ToJson([new NumericOptions { Reference = "42" }]);
        Assert.Equal("""[{"name":"numeric","reference":"42","tolerance":0}]""", json.ToJsonString());
        Assert.Equal([new NumericOptions { Name = "numeric", Reference = "42" }], catalog.Bind(JsonSerializer.SerializeToElement(json)));
    }
}
