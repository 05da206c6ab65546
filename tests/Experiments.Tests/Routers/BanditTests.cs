using System.Text.Json;
using InferenceServer.Experiments.Routers;
using InferenceServer.Experiments.Statistics;

namespace InferenceServer.Experiments.Tests.Routers;

/// <summary>What routers are for, by simulation on arms whose means are known; the claim router_regret has more arms and more runs.</summary>
public sealed class BanditTests
{
    private const int Requests = 300, Suffix = 150, Runs = 150;

    [Theory]
    [InlineData(MetricKind.Proportion)]
    [InlineData(MetricKind.Mean)]
    public void Thompson_FiveArms_LosesLittleMoreThanUcb1AndGivesUpTheBestArmNoMoreOften(MetricKind kind)
    {
        BanditRun[] thompson = Run("""{"name":"thompson","floor":0,"discount":1,"draws":10}""", kind), ucb = Run("""{"name":"ucb1","floor":0,"discount":1}""", kind);
        Assert.InRange(Regret(thompson) / Regret(ucb), 0.5, 1.15);
        Assert.True(Failures(thompson) <= Failures(ucb) + 0.02);
    }

    [Theory]
    [InlineData(MetricKind.Proportion)]
    [InlineData(MetricKind.Mean)]
    public void Greedy_FiveArms_LocksIn(MetricKind kind)
    {
        BanditRun[] greedy = Run("""{"name":"greedy"}""", kind);
        Assert.InRange(Failures(greedy), 0.15, 0.5);
        Assert.True(greedy.Average(run => run.GreedyFrequency) > 0.95);
        Assert.True(greedy.Average(run => run.MinFraction(Requests)) < 0.05);
        Assert.True(Regret(greedy) > 1.1 * Regret(Run("""{"name":"ucb1","floor":0,"discount":1}""", kind)));
    }

    [Fact]
    public void Run_SameSeed_GivesTheSameRun()
    {
        Router router = RouterCatalog.BuiltIn.Bind(JsonDocument.Parse("""{"name":"thompson"}""").RootElement, "router");
        var simulation = new BanditSimulation(3, MetricKind.Mean, 40);
        Assert.Equal(simulation.Run(router, 5).Chosen, simulation.Run(router, 5).Chosen);
    }

    [Fact]
    public void BanditRun_Measures_AreThoseOfTheirDefinitions()
    {
        var run = new BanditRun(Best: 1, Arms: 2, Chosen: [1, 0, 1, 0, 0, 0], Regret: [0, 1, 1, 2, 3, 4], GreedyFrequency: 0.5);
        Assert.False(run.SuffixFailure(2));
        Assert.True(run.SuffixFailure(3));
        Assert.Equal(1, run.MinFraction(4));
        Assert.Equal(2.0 * 2 / 6, run.MinFraction(6), 12);
        Assert.Equal(2.0 / 3, run.BestArmFrequency(3), 12);
    }

    private static BanditRun[] Run(string router, MetricKind kind)
    {
        Router bound = RouterCatalog.BuiltIn.Bind(JsonDocument.Parse(router).RootElement, "router");
        var simulation = new BanditSimulation(5, kind, Requests);
        return [.. Enumerable.Range(0, Runs).Select(seed => simulation.Run(bound, seed))];
    }

    private static double Regret(BanditRun[] runs) => runs.Average(run => run.Regret[^1]);

    private static double Failures(BanditRun[] runs) => runs.Average(run => run.SuffixFailure(Suffix) ? 1.0 : 0.0);
}
