using System.Text.Json;
using InferenceServer.Experiments.Statistics;

namespace InferenceServer.Experiments.Tests.Statistics;

public sealed class SampleMomentsTests
{
    private static readonly (double Value, double Covariate)[] Values = [(1, 2), (4, 3), (2, 7), (8, 1), (5, 5)];

    [Fact]
    public void Add_SomeValues_GivesMeansDeviationsAndProducts()
    {
        SampleMoments moments = Of(Values);
        Assert.Equal(5, moments.Count);
        Assert.Equal(4, moments.Mean, 12);
        Assert.Equal(30, moments.M2, 12);
        Assert.Equal(7.5, moments.Variance, 12);
        Assert.Equal(3.6, moments.CovariateMean, 12);
        Assert.Equal(23.2, moments.CovariateM2, 12);
        Assert.Equal(-11, moments.CrossM2, 12);
    }

    [Fact]
    public void Add_LargeOffset_LosesNoDigits()
    {
        SampleMoments moments = Of([.. Values.Select(value => (value.Value + 1e9, value.Covariate))]);
        Assert.Equal(30, moments.M2, 5);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(5)]
    public void Merge_OfTwoServers_EqualsOneSample(int first)
    {
        SampleMoments one = Of(Values), merged = Of(Values[first..]).Merge(Of(Values[..first]));
        Assert.Equal(one.Count, merged.Count);
        Assert.Equal(one.Mean, merged.Mean, 12);
        Assert.Equal(one.M2, merged.M2, 12);
        Assert.Equal(one.CovariateMean, merged.CovariateMean, 12);
        Assert.Equal(one.CovariateM2, merged.CovariateM2, 12);
        Assert.Equal(one.CrossM2, merged.CrossM2, 12);
    }

    [Fact]
    public void Json_RoundTrip_KeepsEveryDigit()
    {
        SampleMoments moments = Of(Values).Add(1.0 / 3, 2.0 / 7);
        Assert.Equal(moments, JsonSerializer.Deserialize<SampleMoments>(JsonSerializer.Serialize(moments)));
    }

    [Fact]
    public void OfProportion_Counters_EqualAddedZerosAndOnes()
    {
        SampleMoments added = Of([(1, 0), (0, 0), (1, 0), (1, 0)]), counted = SampleMoments.OfProportion(3, 4);
        Assert.Equal(added.Mean, counted.Mean, 12);
        Assert.Equal(added.M2, counted.M2, 12);
        Assert.Equal(default, SampleMoments.OfProportion(0, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => SampleMoments.OfProportion(5, 4));
    }

    [Theory]
    [InlineData(double.NaN, 0)]
    [InlineData(double.PositiveInfinity, 0)]
    [InlineData(1, double.NaN)]
    public void Add_NoFiniteNumber_Throws(double value, double covariate) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => default(SampleMoments).Add(value, covariate));

    internal static SampleMoments Of(IEnumerable<(double Value, double Covariate)> values) =>
        values.Aggregate(default(SampleMoments), (moments, value) => moments.Add(value.Value, value.Covariate));
}
