using InferenceServer.Trainer.Evaluating;
using InferenceServer.Trainer.Rollouts;

namespace InferenceServer.Trainer.Tests;

public sealed class SelectorsTests
{
    private static readonly Rollout[] Rollouts =
    [
        New("a: 1+2=4\n#### 4", logProb: -0.1f, value: 0.4f),
        New("a: 1+2=4\n#### 4", logProb: -0.2f, value: 0.1f),
        New("a: 1+2=3\n#### 3", logProb: -0.3f, value: 0.9f),
        New("a: 1+2=5\n#### 5", logProb: -0.05f, value: 0.95f, finished: false),
    ];

    [Theory]
    [InlineData("majority", 0)]
    [InlineData("likelihood", 0)]
    [InlineData("value at the end", 2)]
    [InlineData("majority of those whose equations hold", 2)]
    public void Choose_KnownRollouts_GivesTheExpectedOne(string selector, int expected) =>
        Assert.Equal(expected, Selectors.All.Single(s => s.Name == selector).Choose(Rollouts));

    [Fact]
    public void Choose_NothingAnswered_GivesTheFirst() =>
        Assert.All(Selectors.All, selector => Assert.Equal(0, selector.Choose([New("?", -1, 0.5f), New("?", -1, 0.5f)])));

    [Theory]
    [InlineData(new double[] { 1, 0, 1, 0 }, 0.5, 0.5658)]
    [InlineData(new double[] { 1, 1 }, 1, 0)]
    public void Estimate_KnownNumbers_GivesMeanAndHalfWidth(double[] values, double mean, double halfWidth)
    {
        var estimate = Estimate.Of(values);
        Assert.Equal(mean, estimate.Mean, 9);
        Assert.Equal(halfWidth, estimate.HalfWidth, 4);
    }

    private static Rollout New(string text, float logProb, float value, bool finished = true) => new([1], text, finished, [logProb], [value]);
}
