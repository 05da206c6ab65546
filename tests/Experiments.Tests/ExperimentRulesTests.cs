namespace InferenceServer.Experiments.Tests;

public sealed class ExperimentRulesTests
{
    private static readonly Experiment Good = new("bo8-vs-plain", [new Arm("plain"), new Arm("bo8")], DateTimeOffset.UnixEpoch);

    public static TheoryData<Experiment, string> Bad => new()
    {
        { Good with { Name = "" }, "name" },
        { Good with { Name = "a/b" }, "name" },
        { Good with { Name = "..", }, "name" },
        { Good with { Name = new string('a', 65) }, "name" },
        { Good with { Arms = [] }, "arms" },
        { Good with { Arms = [new Arm("plain")] }, "arms" },
        { Good with { Arms = [.. Enumerable.Range(0, 17).Select(i => new Arm($"a{i}"))] }, "arms" },
        { Good with { Arms = [new Arm("plain"), new Arm("")] }, "arms[1].name" },
        { Good with { Arms = [new Arm("plain"), new Arm("plain")] }, "arms[1].name" },
        { Good with { Arms = [new Arm("plain") { Weight = 0 }, new Arm("bo8")] }, "arms[0].weight" },
        { Good with { Arms = [new Arm("plain"), new Arm("bo8") { Weight = -1 }] }, "arms[1].weight" },
        { Good with { Arms = [new Arm("plain"), new Arm("bo8") { Weight = 1e300 }] }, "arms[1].weight" },
        { Good with { Arms = [new Arm("plain"), new Arm("bo8") { Weight = double.NaN }] }, "arms[1].weight" },
        { Good with { Ramp = [new RampStep(new Dictionary<string, double> { ["bo8"] = 1 })] }, "ramp[0]" },
        { Good with { Ramp = [Step("bo8", 1) with { At = DateTimeOffset.UnixEpoch }] }, "ramp[0]" },
        { Good with { Ramp = [Step("bo8", 1), Step("bo9", 1)] }, "ramp[1].weights.bo9" },
        { Good with { Ramp = [Step("bo8", 0)] }, "ramp[0].weights.bo8" },
        { Good with { Ramp = [Step("bo8", 1) with { AfterExposures = 0 }] }, "ramp[0].after_exposures" },
        { Good with { Guardrails = [new Guardrail("error")] }, "guardrails[0]" },
        { Good with { Guardrails = [new Guardrail("error") { Max = 1, MaxIncrease = 1 }] }, "guardrails[0]" },
        { Good with { Guardrails = [new Guardrail("a b") { Max = 1 }] }, "guardrails[0].metric" },
        { Good with { Metrics = [new("correct"), new("correct")] }, "metrics[1].name" },
    };

    [Theory, MemberData(nameof(Bad))]
    public void Check_SomethingIsWrong_NamesItsPlace(Experiment experiment, string field) => Assert.Equal(field, ExperimentRules.Check(experiment)?.Field);

    [Fact]
    public void Check_AllIsWell_SaysNothing() => Assert.Null(ExperimentRules.Check(Good with
    {
        Arms = [new Arm("plain") { Weight = 99 }, new Arm("bo8") { Weight = 0.5 }],
        Ramp = [Step("bo8", 20)],
        Guardrails = [new Guardrail("latency_ms") { MaxIncrease = 100 }],
        Metrics = [new("correct"), new("tokens", IsHigherBetter: false)],
    }));

    private static RampStep Step(string arm, double weight) => new(new Dictionary<string, double> { [arm] = weight }) { AfterExposures = 10 };
}
