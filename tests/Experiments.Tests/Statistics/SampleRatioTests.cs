using InferenceServer.Experiments.Statistics;

namespace InferenceServer.Experiments.Tests.Statistics;

public sealed class SampleRatioTests
{
    [Fact]
    public void Of_TwoUnitsInOneArm_IsTheBayesFactorByHand() =>
        Assert.Equal(0.25 / (50.0 / 100 * 51 / 101), SampleRatio.Of([2, 0], [1, 1]).PValue, 9);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(510, 490)]
    [InlineData(1, 3)]
    public void Of_SharesThatAgree_IsNoAlarm(long first, long second) => Assert.False(SampleRatio.Of([first, second], [1, 1]).Alarm);

    [Fact]
    public void Of_SharesThatAreOff_IsAnAlarm()
    {
        Assert.True(SampleRatio.Of([600, 400], [1, 1]).Alarm);
        Assert.True(SampleRatio.Of([500, 500, 250], [2, 2, 2]).Alarm);
        Assert.False(SampleRatio.Of([500, 500, 250], [2, 2, 1]).Alarm);
    }

    [Fact]
    public void Of_UnitsInAPausedArm_IsAnAlarm()
    {
        Assert.True(SampleRatio.Of([50, 50, 1], [1, 1, 0]).Alarm);
        Assert.Equal(1, SampleRatio.Of([50, 50, 0], [1, 1, 0]).PValue);
    }

    [Fact]
    public void Of_Ramp_ComparesEachPeriodWithItsWeights()
    {
        Assert.False(SampleRatio.Of([([900, 100], [9, 1]), ([500, 500], [1, 1])]).Alarm);
        Assert.True(SampleRatio.Of([1400, 600], [1, 1]).Alarm);
    }

    [Fact]
    public void Of_LookedAtAfterEveryUnit_RaisesFewFalseAlarms()
    {
        const int Runs = 1000;
        const double Alpha = 0.05;
        var random = new Random(3);
        int alarms = 0;
        for (int run = 0; run < Runs; run++)
        {
            long[] units = [0, 0, 0];
            for (int n = 0; n < 1000; n++)
            {
                units[random.NextDouble() switch { < 0.5 => 0, < 0.8 => 1, _ => 2 }]++;
                if (SampleRatio.Of(units, [5, 3, 2], Alpha).Alarm)
                {
                    alarms++;
                    break;
                }
            }
        }
        Assert.InRange((double)alarms / Runs, 0.002, Alpha);
    }

    [Fact]
    public void Of_WeightsAndCountsThatDiffer_Throws() => Assert.Throws<ArgumentException>(() => SampleRatio.Of([1, 2], [1, 1, 1]));
}
