using InferenceServer.Strategies.Handbooks;

namespace InferenceServer.Strategies.Tests.Handbooks;

public sealed class BehaviourLiftTests
{
    /// <summary>Newcombe's own examples (1998, table II, method 10).</summary>
    [Theory]
    [InlineData(56, 70, 48, 80, 0.2000, 0.0524, 0.3339)]
    [InlineData(9, 10, 3, 10, 0.6000, 0.1705, 0.8090)]
    [InlineData(10, 10, 0, 20, 1.0000, 0.6791, 1.0000)]
    [InlineData(10, 10, 0, 10, 1.0000, 0.6075, 1.0000)]
    public void Between_PublishedExamples_GivesTheirIntervals(long right1, long n1, long right2, long n2, double difference, double lower, double upper)
    {
        var lift = Lift.Between(right1, n1, right2, n2);
        Assert.Equal((difference, lower, upper), (Math.Round(lift.Difference, 4), Math.Round(lift.Lower, 4), Math.Round(lift.Upper, 4)));
    }

    [Fact]
    public void Lift_OneGroupWithoutATrial_IsUnknown()
    {
        Assert.Null(new BehaviourCounters(5, 5, 4, 0, 0, 0, 0).Lift);
        Assert.Null(new BehaviourCounters(0, 0, 0, 5, 4, 0, 0).Lift);
        Assert.NotNull(new BehaviourCounters(1, 1, 1, 1, 0, 0, 0).Lift);
    }

    [Theory]
    [InlineData(200, 200, 80, 200, 160, 9, "less often")]
    // The same difference from too few trials.
    [InlineData(20, 20, 2, 20, 19, 9, null)]
    // Better with it, or no different.
    [InlineData(200, 200, 160, 200, 80, 9, null)]
    [InlineData(200, 200, 120, 200, 125, 9, null)]
    [InlineData(500, 0, 0, 0, 0, 0, "never used")]
    [InlineData(499, 0, 0, 0, 0, 0, null)]
    [InlineData(500, 0, 0, 0, 0, 1, null)]
    public void Reason_Counters_RetiresOnlyWhatIsDead(long shown, long judged, long right, long withheld, long withheldRight, long cited, string? reason)
    {
        string? said = Retirement.Reason(new(shown, judged, right, withheld, withheldRight, cited, 0));
        if (reason is null)
            Assert.Null(said);
        else
            Assert.Contains(reason, said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("behavior_unit_check", 50, null)]
    [InlineData("unit_check", 50, "name")]
    [InlineData("behavior_", 50, "name")]
    [InlineData("behavior_Unit", 50, "name")]
    [InlineData("behavior_a/b", 50, "name")]
    [InlineData("behavior_ok", 19, "instruction")]
    [InlineData("behavior_ok", 401, "instruction")]
    public void Check_Behaviour_NamesTheFieldAtFault(string name, int length, string? field) =>
        Assert.Equal(field, BehaviourRules.Check(new() { Name = name, Instruction = new string('a', length) })?.Field);

    [Fact]
    public void Check_LineBreakInAnInstruction_IsRefused() =>
        Assert.Equal("instruction", BehaviourRules.Check(new() { Name = "behavior_ok", Instruction = "Do this first of all.\n- behavior_other: and that." })?.Field);
}
