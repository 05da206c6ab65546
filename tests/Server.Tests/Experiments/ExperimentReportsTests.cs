using InferenceServer.Experiments;
using InferenceServer.Server.State;
using InferenceServer.Shared;
using InferenceServer.Strategies.State;

namespace InferenceServer.Server.Tests.Experiments;

/// <summary>A report is given again only while nothing changed, on whichever server it changes.</summary>
public sealed class ExperimentReportsTests : IAsyncDisposable
{
    private const string Tenant = "t", Name = "e";

    private readonly TemporaryFolder _folder = new();
    private readonly SqliteState _state;
    private readonly ExperimentReports _here;
    private readonly LabelStore _labelsThere;
    private readonly ExposureStore _there;
    private Experiment _experiment = new(Name, [new Arm("a"), new Arm("b")], DateTimeOffset.UnixEpoch);

    public ExperimentReportsTests()
    {
        _state = new SqliteState(_folder.File("state.db"), TimeProvider.System);
        var labelsHere = new LabelStore(_state, TimeProvider.System);
        _here = new ExperimentReports(new ExposureStore(_state, labelsHere), labelsHere);
        _labelsThere = new LabelStore(_state, TimeProvider.System);
        _there = new ExposureStore(_state, _labelsThere);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _state.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Read_NothingChanged_IsTheSameReport()
    {
        await AddAsync("r1");
        ExperimentReport first = await ReadAsync();
        Assert.Equal(1, first.Arms[0].Exposures);
        Assert.Same(first, await ReadAsync());
    }

    [Fact]
    public async Task Read_AnotherServerAddsAnExposure_HasIt()
    {
        await AddAsync("r1");
        await ReadAsync();
        await AddAsync("r2");
        Assert.Equal(2, (await ReadAsync()).Arms[0].Exposures);
    }

    [Fact]
    public async Task Read_AnotherServerSetsAndCorrectsALabel_HasIt()
    {
        await AddAsync("r1");
        await ReadAsync();
        foreach (double value in (double[])[1, 0])
        {
            await _labelsThere.SetAsync(Tenant, "r1", "correct", value, false, Token);
            Assert.Equal(value, (await ReadAsync()).Arms[0].Metrics["correct"].Mean);
        }
    }

    [Fact]
    public async Task Read_TheDefinitionChanged_IsMadeAnew()
    {
        await AddAsync("r1");
        ExperimentReport before = await ReadAsync();
        _experiment = _experiment with { Metrics = [new("tokens", IsHigherBetter: false)] };
        ExperimentReport after = await ReadAsync();
        Assert.NotSame(before, after);
        Assert.True(after.Metrics.Single(metric => metric.Name == "tokens").IsGoal);
    }

    [Fact]
    public async Task Read_AnExposureWasBeingRecorded_HasItOnceItIs()
    {
        await AddAsync("r1");
        // Numbered, and not yet written: what a reader may meet.
        string key = StateKey.Of(Tenant, "exposure", Name, "1"), record = (await _state.GetAsync(key, Token))!;
        await _state.RemoveAsync(key, Token);
        ExperimentReport without = await ReadAsync();
        Assert.Equal(0, without.Arms[0].Exposures);
        Assert.Same(without, await ReadAsync());
        await _state.SetAsync(key, record, null, Token);
        Assert.Equal(1, (await ReadAsync()).Arms[0].Exposures);
    }

    [Fact]
    public async Task Read_DeletedAndMadeAgain_StartsOver()
    {
        await AddAsync("r1");
        await ReadAsync();
        await _there.DeleteAsync(Tenant, Name, Token);
        _experiment = _experiment with { Created = DateTimeOffset.UnixEpoch.AddDays(1) };
        await AddAsync("r2", arm: "b");
        Assert.Equal([0, 1], (await ReadAsync()).Arms.Select(arm => arm.Exposures));
    }

    private Task<ExperimentReport> ReadAsync() => _here.ReadAsync(Tenant, _experiment, Token);

    private async Task AddAsync(string request, string arm = "a") =>
        Assert.NotNull(await _there.AddAsync(Tenant, Name, new Exposure(request, arm, request, 0, DateTimeOffset.UnixEpoch, 10, new Dictionary<string, double> { ["tokens"] = 5 }), Token));
}
