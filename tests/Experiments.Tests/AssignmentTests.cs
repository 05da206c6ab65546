using System.Text.Json;

namespace InferenceServer.Experiments.Tests;

public sealed class AssignmentTests
{
    private const int Units = 20_000;

    [Fact]
    public void Of_ManyUnits_SharesThemByWeight()
    {
        Experiment experiment = Make(("a", 1), ("b", 3));
        int first = Enumerable.Range(0, Units).Count(unit => Assignment.Of(experiment, $"user-{unit}").Name == "a");
        // Four standard deviations of a share of a quarter.
        Assert.InRange(first / (double)Units, 0.25 - 0.0123, 0.25 + 0.0123);
    }

    /// <summary>What is pinned here is what clients' users see: another arm for this unit is a change of the salt.</summary>
    [Fact]
    public void Of_AUnit_GetsTheArmItAlwaysGot()
    {
        Experiment experiment = Make(("a", 1), ("b", 1), ("c", 2));
        Assert.Equal("bcbbbbab", string.Concat(Enumerable.Range(0, 8).Select(unit => Assignment.Of(experiment, $"user-{unit}").Name)));
    }

    [Fact]
    public void Of_OneWeightGrows_MovesUnitsToThatArmAloneAndNoMoreThanNeeded()
    {
        Experiment before = Make(("a", 1), ("b", 1), ("c", 1)), after = before.With([.. before.Arms.Select(arm => arm.Name == "a" ? arm with { Weight = 2 } : arm)]);
        (string From, string To)[] moves = Moves(before, after);
        Assert.All(moves, move => Assert.Equal("a", move.To));
        // From a third to a half.
        Assert.InRange(moves.Length / (double)Units, 1 / 6.0 - 0.011, 1 / 6.0 + 0.011);
    }

    [Fact]
    public void Of_AnArmIsStopped_MovesItsUnitsAlone()
    {
        Experiment before = Make(("a", 1), ("b", 1), ("c", 1));
        (string From, string To)[] moves = Moves(before, before.WithoutArm("b", "too slow"));
        Assert.All(moves, move => Assert.Equal("b", move.From));
        Assert.Equal(Enumerable.Range(0, Units).Count(unit => Assignment.Of(before, $"user-{unit}").Name == "b"), moves.Length);
    }

    [Theory]
    [InlineData("other", 8)]
    [InlineData("test", 4)]
    public void Of_OtherNameOrOtherArms_DealsAnew(string name, int n)
    {
        Experiment one = Plan("test", 8), other = Plan(name, n);
        Assert.InRange(Moves(one, other).Length / (double)Units, 0.5 - 0.0142, 0.5 + 0.0142);

        static Experiment Plan(string name, int n) => Make(("a", 1), ("b", 1)) with
        {
            Name = name,
            Arms = [new Arm("a"), new Arm("b") { Strategies = JsonSerializer.SerializeToElement(new[] { new { name = "best_of_n", n } }) }],
        };
    }

    [Fact]
    public void Of_AllArmsStopped_IsRefused() => Assert.Throws<ArgumentException>(() => Assignment.Of(Make(("a", 1), ("b", 1)).WithoutArm("a", "").WithoutArm("b", ""), "unit"));

    [Fact]
    public void Pseudonym_OfAUnit_HidesItAndTellsUnitsApart()
    {
        Experiment experiment = Make(("a", 1), ("b", 1));
        string[] pseudonyms = [.. Enumerable.Range(0, Units).Select(unit => Assignment.Pseudonym(experiment, $"user-{unit}"))];
        Assert.Equal(Units, pseudonyms.Distinct().Count());
        Assert.All(pseudonyms, pseudonym => Assert.Matches("^[0-9a-f]{16}$", pseudonym));
    }

    [Theory]
    [InlineData("""[{"name":"best_of_n","n":8}]""", """[ { "n": 8.0, "name": "best_of_n" } ]""", true)]
    [InlineData("""[{"name":"best_of_n","n":8}]""", """[{"name":"best_of_n"}]""", false)]
    [InlineData("""[{"name":"a"},{"name":"b"}]""", """[{"name":"b"},{"name":"a"}]""", false)]
    [InlineData("[]", null, true)]
    public void Fingerprint_OfTwoPlans_IsTheSameForTheSameJson(string one, string? other, bool isSame)
    {
        string Of(string? plan) => ArmsFingerprint.Of([new Arm("a"), new Arm("b") { Strategies = plan is null ? null : JsonDocument.Parse(plan).RootElement }]);
        Assert.Equal(isSame, Of(one) == Of(other));
    }

    [Fact]
    public void Fingerprint_OfArms_CountsNamesSamplingAndModelsButNoWeights()
    {
        string plain = ArmsFingerprint.Of([new Arm("a")]);
        Assert.Equal(plain, ArmsFingerprint.Of([new Arm("a") { Weight = 5, Stopped = "slow" }]));
        string[] all = [plain, ArmsFingerprint.Of([new Arm("b")]), ArmsFingerprint.Of([new Arm("a") { Model = "m" }]), ArmsFingerprint.Of([new Arm("a") { Sampling = new() { Temperature = 0.5 } }]),
            ArmsFingerprint.Of([new Arm("a") { Sampling = new() { TopP = 0.5 } }])];
        Assert.Equal(all.Length, all.Distinct().Count());
    }

    private static Experiment Make(params (string Name, double Weight)[] arms) =>
        new("test", [.. arms.Select(arm => new Arm(arm.Name) { Weight = arm.Weight })], DateTimeOffset.UnixEpoch);

    private static (string From, string To)[] Moves(Experiment before, Experiment after) => [.. Enumerable.Range(0, Units)
        .Select(unit => (Assignment.Of(before, $"user-{unit}").Name, Assignment.Of(after, $"user-{unit}").Name)).Where(move => move.Item1 != move.Item2)];
}
