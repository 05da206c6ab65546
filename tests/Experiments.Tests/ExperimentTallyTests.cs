using InferenceServer.Experiments.Statistics;

namespace InferenceServer.Experiments.Tests;

public sealed class ExperimentTallyTests
{
    private static readonly Experiment Two = new("test", [new Arm("a"), new Arm("b")], DateTimeOffset.UnixEpoch);

    [Fact]
    public void Moments_OfAUnitWithManyRequests_CountItOnce()
    {
        ExperimentTally tally = Tally(Two, Seen("a", "u1", 1), Seen("a", "u1", 0), Seen("a", "u1", 0), Seen("a", "u1", 0), Seen("a", "u2", 1));
        SampleMoments moments = Assert.Single(tally.Moments(0, "correct"));
        Assert.Equal((2, 0.625), (moments.Count, moments.Mean));
        Assert.Equal((5, 2), (tally.Exposures(0), tally.Units(0)));
    }

    [Fact]
    public void Kind_OfLabels_IsAProportionAsLongAsAllLieBetween0And1()
    {
        ExperimentTally tally = Tally(Two, Seen("a", "u1", 1), Seen("b", "u2", 0.5));
        Assert.Equal(MetricKind.Proportion, tally.Kind("correct"));
        tally.Add(Seen("b", "u3", 2));
        tally.Add(Seen("b", "u4", 1));
        Assert.Equal(MetricKind.Mean, tally.Kind("correct"));
    }

    [Fact]
    public void SampleRatio_AUnitIsMovedByOtherWeights_CountsWhereItCameFirst()
    {
        Experiment ramped = Two.With([Two.Arms[0], Two.Arms[1] with { Weight = 9 }]);
        Assert.Equal(1, ramped.Phase);
        var tally = new ExperimentTally(ramped);
        for (int unit = 0; unit < 400; unit++)
        {
            tally.Add(Seen(unit % 2 == 0 ? "a" : "b", $"u{unit}", 1));
            // Everybody comes again after the ramp; those who moved are no surplus of the arm that they moved to.
            tally.Add(Seen("b", $"u{unit}", 1, phase: 1));
        }
        Assert.False(tally.SampleRatio().Alarm);
        Assert.Equal(2, tally.Moments(1, "correct").Count);
    }

    [Fact]
    public void SampleRatio_OneArmLosesRequests_RaisesTheAlarm()
    {
        var tally = new ExperimentTally(Two);
        for (int unit = 0; unit < 2000; unit++)
            if (unit % 2 == 0 || unit % 5 != 0)
                tally.Add(Seen(unit % 2 == 0 ? "a" : "b", $"u{unit}", 1));
        Assert.True(tally.SampleRatio().Alarm);
    }

    [Fact]
    public void Compare_PromptExplainsEverything_IsNoEvidence()
    {
        var tally = new ExperimentTally(Two);
        for (int unit = 0; unit < 200; unit++)
            tally.Add(new(new("r", unit % 2 == 0 ? "a" : "b", $"u{unit}", 0, DateTimeOffset.UnixEpoch, 7 + unit / 2 % 13, new Dictionary<string, double> { ["tokens"] = 3 + 0.1 * (7 + unit / 2 % 13) }), new Dictionary<string, Label>()));
        Assert.NotEqual(Verdict.Leading, tally.Compare(1, "tokens", new() { Kind = MetricKind.Mean, Better = Better.Lower }).Verdict);
        Assert.NotEqual(Verdict.Trailing, tally.Compare(1, "tokens", new() { Kind = MetricKind.Mean, Better = Better.Lower }).Verdict);
    }

    [Fact]
    public void Report_OfAClearDifference_LeadsInGoalsAndTrailsInCosts()
    {
        ExperimentTally tally = Simulated(2000, 0.4, 0.6);
        ExperimentReport report = ExperimentReport.Of(tally);
        Assert.Equal(["correct", "tokens"], report.Metrics.Select(metric => metric.Name));
        Assert.Equal([true, false], report.Metrics.Select(metric => metric.IsGoal));
        Assert.Null(report.Arms[0].Metrics["correct"].Comparison);
        Assert.Equal(Verdict.Leading, report.Arms[1].Metrics["correct"].Comparison!.Verdict);
        Assert.Equal(Verdict.Trailing, report.Arms[1].Metrics["tokens"].Comparison!.Verdict);
        Assert.False(report.SampleRatio.Alarm);
    }

    [Fact]
    public void Report_MetricsAreDeclared_DividesTheLevelAmongThemAlone()
    {
        ExperimentTally tally = Simulated(200, 0.5, 0.5, Two with { Metrics = [new("correct"), new("tokens", IsHigherBetter: false), new("later")] });
        Assert.Equal([("correct", 3, true), ("tokens", 3, true), ("later", 3, true)], ExperimentReport.Of(tally).Metrics.Select(metric => (metric.Name, metric.Comparisons, metric.IsGoal)));
    }

    [Fact]
    public void History_OfAMetric_EndsWhereTheReportIs()
    {
        LabelledExposure[] exposures = [.. Exposures(500, 0.4, 0.6)];
        (ReportedMetric? metric, IReadOnlyList<ArmHistory> arms) = EffectHistory.Of(Two, exposures, null);
        ArmHistory arm = Assert.Single(arms);
        Assert.Equal(("correct", "b", 500), (metric!.Name, arm.Name, arm.Points[^1].Exposures));
        Assert.InRange(arm.Points.Count, 20, 60);
        Assert.Equal(arm.Points.Select(point => point.Exposures).Order(), arm.Points.Select(point => point.Exposures));
        ExperimentReport report = ExperimentReport.Of(Tally(Two, exposures));
        Assert.Equal(report.Arms[1].Metrics["correct"].Comparison!.Interval, arm.Points[^1].Interval);
        Assert.Null(EffectHistory.Of(Two, exposures, "none").Metric);
    }

    [Fact]
    public void Guardrail_AnArmBreaksIt_StopsThatArmAndSaysWhy()
    {
        Experiment guarded = Two with { Guardrails = [new Guardrail("correct") { MaxIncrease = 0.05 }, new Guardrail("tokens") { Max = 1000 }] };
        Experiment after = GuardrailCheck.Apply(guarded, Simulated(2000, 0.2, 0.6, guarded));
        Assert.Null(after.Arms[0].Stopped);
        Assert.Contains("correct is higher", after.Arms[1].Stopped, StringComparison.Ordinal);
        Assert.Equal(1, after.Phase);
    }

    [Fact]
    public void Guardrail_ArmsKeepIt_StopsNone()
    {
        Experiment guarded = Two with { Guardrails = [new Guardrail("correct") { Max = 0.7 }, new Guardrail("tokens") { MaxIncrease = 12 }] };
        Assert.Same(guarded, GuardrailCheck.Apply(guarded, Simulated(2000, 0.6, 0.65, guarded)));
    }

    [Fact]
    public void Guardrail_EveryArmBreaksIt_LeavesOneToAnswer()
    {
        Experiment guarded = Two with { Guardrails = [new Guardrail("correct") { Max = 0.1 }] };
        Assert.Single(GuardrailCheck.Apply(guarded, Simulated(1000, 0.8, 0.8, guarded)).Arms, arm => arm.Stopped is null);
    }

    [Fact]
    public void Advance_StepsOfARamp_ComeInOrderAndNeverGoBack()
    {
        DateTimeOffset start = DateTimeOffset.UnixEpoch;
        Experiment ramped = Two with
        {
            Ramp = [new(new Dictionary<string, double> { ["b"] = 2 }) { At = start.AddHours(1) }, new(new Dictionary<string, double> { ["b"] = 3 }) { AfterExposures = 100 }],
        };
        Assert.Same(ramped, ramped.Advance(start, 1000));
        Experiment first = ramped.Advance(start.AddHours(2), 0);
        Assert.Equal((2.0, 1, 1), (first.Arms[1].Weight, first.Ramp.Count, first.Phase));
        // The clock jumps back.
        Assert.Same(first, first.Advance(start, 0));
        Assert.Equal(3.0, ramped.Advance(start.AddHours(2), 100).Arms[1].Weight);
        Experiment stopped = ramped with { Status = ExperimentStatus.Stopped };
        Assert.Same(stopped, stopped.Advance(start.AddHours(2), 100));
    }

    [Fact]
    public void Milestones_LieAGrowthApart()
    {
        Assert.Equal([10, 11, 13, 15, 17, 19], Enumerable.Range(1, 20).Where(number => Milestones.Is(number, 1.1)));
        Assert.InRange(Enumerable.Range(1, 10_000).Count(number => Milestones.Is(number, 1.05)), 100, 200);
    }

    private static ExperimentTally Simulated(int count, double control, double arm, Experiment? experiment = null) => Tally(experiment ?? Two, [.. Exposures(count, control, arm)]);

    private static IEnumerable<LabelledExposure> Exposures(int count, double control, double arm)
    {
        var random = new Random(5);
        for (int unit = 0; unit < count; unit++)
        {
            bool isControl = unit % 2 == 0;
            yield return new(new($"r{unit}", isControl ? "a" : "b", $"u{unit}", 0, DateTimeOffset.UnixEpoch.AddSeconds(unit), random.Next(10, 50),
                new Dictionary<string, double> { ["tokens"] = 100 + 20 * random.NextDouble() + (isControl ? 0 : 10) }), new Dictionary<string, Label>
                { ["correct"] = new(random.NextDouble() < (isControl ? control : arm) ? 1 : 0, true, DateTimeOffset.UnixEpoch) });
        }
    }

    private static ExperimentTally Tally(Experiment experiment, params LabelledExposure[] exposures)
    {
        var tally = new ExperimentTally(experiment);
        foreach (LabelledExposure exposure in exposures)
            tally.Add(exposure);
        return tally;
    }

    private static LabelledExposure Seen(string arm, string unit, double correct, int phase = 0) =>
        new(new("r", arm, unit, phase, DateTimeOffset.UnixEpoch, 10, new Dictionary<string, double>()), new Dictionary<string, Label> { ["correct"] = new(correct, true, DateTimeOffset.UnixEpoch) });
}
