using InferenceServer.Engine.Sampling;
using InferenceServer.Experiments;
using InferenceServer.Server.Generation;
using InferenceServer.Server.Hosting;
using InferenceServer.Server.Shadows;
using InferenceServer.Server.State;
using InferenceServer.Server.Telemetry;
using InferenceServer.Server.Tests.State;
using InferenceServer.Server.Traces;
using InferenceServer.Shared;
using InferenceServer.Strategies;
using InferenceServer.Strategies.State;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace InferenceServer.Server.Tests.Traces;

/// <summary>How long traces are kept, whose they are, and what happens when they cannot be written.</summary>
public sealed class TraceStoreTests(TinyServerFixture tiny) : IClassFixture<TinyServerFixture>, IDisposable
{
    private readonly TestServer _server = tiny.Server;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Write_MoreThanTheLimit_KeepsTheNewest()
    {
        await using var state = new SqliteState(_folder.File("s.db"), TimeProvider.System);
        var store = Store(state, new ServerOptions { TracesMax = 3 });
        string[] ids = [.. await Task.WhenAll(Enumerable.Range(0, 7).Select(async _ => await WriteAsync(store, Tenant.Default))), await WriteAsync(store, Tenant.Default)];
        var left = await store.ListAsync(Tenant.Default, 100, null, null, default);
        Assert.Equal(3, left!.Data.Count);
        Assert.Equal(3, (await state.KeysAsync("default/trace/")).Count);
        Assert.Equal(3, (await state.KeysAsync("default/trace-at/")).Count);
        Assert.Equal(3, ids.Count(id => left.Data.Any(summary => summary.Id == id)));
    }

    [Fact]
    public async Task Trim_ItsNumberWasRemovedWhileItWasWritten_LeavesNoTraceBehind()
    {
        await using var state = new SqliteState(_folder.File("s.db"), TimeProvider.System);
        var store = Store(state, new ServerOptions { TracesMax = 1 });
        StoredTrace late = new TraceBuilder(_server.Model, new ServerOptions()).Build(await OutcomeAsync());
        long number = await store.ReserveAsync(Tenant.Default, 1, default);
        for (int i = 0; i < 2; i++)
            await WriteAsync(store, Tenant.Default);
        await store.WriteAsync(Tenant.Default, number, late, default);
        // Another server that had looked before takes the number, and knows of no trace under it.
        await state.RemoveAsync(Tenant.Default.Key("trace-at", $"{number}"));
        await store.TrimAsync(Tenant.Default, [(number, late.Summary.Id)], default);
        Assert.Null(await store.FindAsync(Tenant.Default, late.Summary.Id, default));
    }

    [Fact]
    public async Task Write_LimitWasLowered_CatchesUp()
    {
        await using var state = new SqliteState(_folder.File("s.db"), TimeProvider.System);
        var large = Store(state, new ServerOptions { TracesMax = 100 });
        for (int i = 0; i < 20; i++)
            await WriteAsync(large, Tenant.Default);
        var small = Store(state, new ServerOptions { TracesMax = 2 });
        for (int i = 0; i < 3; i++)
            await WriteAsync(small, Tenant.Default);
        Assert.Equal(2, (await small.ListAsync(Tenant.Default, 100, null, null, default))!.Data.Count);
        Assert.Equal(2, (await state.KeysAsync("default/trace/")).Count);
    }

    [Theory]
    [InlineData(7, false)]
    [InlineData(0, true)]
    public async Task Write_AgeHasPassed_IsGoneUnlessThereIsNoLimitOfAge(int days, bool stays)
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var state = new SqliteState(_folder.File("s.db"), time);
        var store = Store(state, new ServerOptions { TracesDays = days });
        string id = await WriteAsync(store, Tenant.Default);
        time.Advance(TimeSpan.FromDays(6.9));
        Assert.NotNull(await store.FindAsync(Tenant.Default, id, default));
        time.Advance(TimeSpan.FromDays(0.2));
        Assert.Equal(stays, await store.FindAsync(Tenant.Default, id, default) is not null);
        Assert.Equal(stays ? 1 : 0, (await store.ListAsync(Tenant.Default, 10, null, null, default))!.Data.Count);
    }

    [Theory]
    [InlineData(true, false, true)]
    [InlineData(false, true, true)]
    [InlineData(false, false, false)]
    public async Task WriteShadow_NoLimitOfAge_StaysWithItsTraceAndNotWithoutOne(bool traceBefore, bool traceAfter, bool stays)
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var state = new SqliteState(_folder.File("s.db"), time);
        var store = Store(state, new ServerOptions { TracesDays = 0 });
        StoredTrace trace = new TraceBuilder(_server.Model, new ServerOptions()).Build(await OutcomeAsync());
        string id = trace.Summary.Id;
        long number = await store.ReserveAsync(Tenant.Default, 1, default);
        if (traceBefore)
            await store.WriteAsync(Tenant.Default, number, trace, default);
        await store.WriteShadowAsync(Tenant.Default, id, new() { Status = "done", Plan = trace.Plan }, default);
        if (traceAfter)
            await store.WriteAsync(Tenant.Default, number, trace, default);
        Assert.NotNull(await store.FindShadowAsync(Tenant.Default, id, default));
        time.Advance(TimeSpan.FromDays(2));
        Assert.Equal(stays, await store.FindShadowAsync(Tenant.Default, id, default) is not null);
    }

    [Fact]
    public async Task Find_AnotherTenants_IsNoneOfTheirs()
    {
        await using var state = new SqliteState(_folder.File("s.db"), TimeProvider.System);
        var store = Store(state, new ServerOptions());
        var other = new Tenant("other");
        string id = await WriteAsync(store, other);
        Assert.Null(await store.FindAsync(Tenant.Default, id, default));
        Assert.False(await store.DeleteAsync(Tenant.Default, id, default));
        Assert.Empty((await store.ListAsync(Tenant.Default, 10, null, null, default))!.Data);
        Assert.Null(await store.ListAsync(Tenant.Default, 10, before: id, null, default));
        Assert.Empty(await store.ReadAsync(Tenant.Default, null, null, default).ToListAsync());
        Assert.NotNull(await store.FindAsync(other, id, default));
    }

    [Fact]
    public async Task Writer_StateIsAwayForAWhile_WritesWhenItIsBack()
    {
        var flaky = new FlakyState(new SqliteState(_folder.File("s.db"), TimeProvider.System)) { IsAway = true };
        var time = new FakeTimeProvider();
        var store = Store(flaky, new ServerOptions());
        using TraceWriter writer = Writer(store, time);
        await writer.StartAsync(default);
        Outcome[] outcomes = [await OutcomeAsync(), await OutcomeAsync()];
        foreach (Outcome outcome in outcomes)
            await writer.FinishedAsync(outcome, default);
        flaky.IsAway = false;
        while (await store.FindAsync(Tenant.Default, outcomes[1].Job.Identity.ResponseId, default) is null)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(5);
        }
        Assert.NotNull(await store.FindAsync(Tenant.Default, outcomes[0].Job.Identity.ResponseId, default));
        Assert.Equal(2, (await store.ListAsync(Tenant.Default, 10, null, null, default))!.Data.Count);
        await writer.StopAsync(default);
        await flaky.DisposeAsync();
    }

    [Fact]
    public async Task Writer_TooManyWait_DropsAndCountsTheLatest()
    {
        await using var state = new SqliteState(_folder.File("s.db"), TimeProvider.System);
        var store = Store(state, new ServerOptions());
        using TraceWriter writer = Writer(store, TimeProvider.System);
        double before = _server.Metric("itc_traces_dropped_total", "reason=\"full\"");
        Outcome outcome = await OutcomeAsync();
        for (int i = 0; i < TraceWriter.MaxWaiting + 3; i++)
            await writer.FinishedAsync(outcome, default);
        Assert.Equal(before + 3, _server.Metric("itc_traces_dropped_total", "reason=\"full\""));
    }

    [Fact]
    public async Task Queue_TokensCrossTheBound_RefusesUntilSomeAreReleased()
    {
        Outcome outcome = await OutcomeAsync();
        long tokens = outcome.Recorders.Sum(recorder => recorder.Candidates.Sum(candidate => (long)candidate.TokenCount));
        Assert.True(tokens > 1);
        var queue = new OutcomeQueue(most: 100, mostTokens: tokens);
        Assert.True(queue.TryAdd(outcome));
        Assert.True(queue.TryAdd(outcome)); // Crosses the bound.
        Assert.False(queue.TryAdd(outcome));
        Assert.Equal(2, queue.Waiting);
        queue.Release(outcome);
        Assert.True(queue.TryAdd(outcome));
        Assert.Equal(2, queue.Waiting);
    }

    [Fact]
    public async Task Writer_DiskIsFull_LosesTracesAndNothingElse()
    {
        // SQLite reports a file that may not grow as a disk that is full.
        await using var state = new SqliteState(new SqliteFile(_folder.File("small.db")) { MaxPages = 12 }, TimeProvider.System);
        var store = Store(state, new ServerOptions());
        using TraceWriter writer = Writer(store, TimeProvider.System);
        await writer.StartAsync(default);
        double before = _server.Metric("itc_traces_dropped_total", "reason=\"state\"");
        for (int i = 0; i < 40; i++)
            await writer.FinishedAsync(await OutcomeAsync(), default);
        await _server.UntilAsync(() => state.Trouble is not null);
        Assert.Contains("full", state.Trouble, StringComparison.Ordinal);
        await writer.StopAsync(default);
        Assert.True(_server.Metric("itc_traces_dropped_total", "reason=\"state\"") > before);
    }

    [Fact]
    public async Task Stop_TracesWait_WritesThemFirst()
    {
        await using var state = new SqliteState(_folder.File("s.db"), TimeProvider.System);
        var store = Store(state, new ServerOptions());
        using TraceWriter writer = Writer(store, TimeProvider.System);
        Outcome[] outcomes = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => OutcomeAsync()));
        await writer.StartAsync(default);
        foreach (Outcome outcome in outcomes)
            await writer.FinishedAsync(outcome, default);
        await writer.StopAsync(default);
        Assert.Equal(50, (await store.ListAsync(Tenant.Default, 100, null, null, default))!.Data.Count);
    }

    [Fact]
    public async Task Shadows_TooManyWaitOrTheServerEnds_AreDroppedAndCounted()
    {
        await using var state = new SqliteState(_folder.File("s.db"), TimeProvider.System);
        using var runner = new ShadowRunner(_server.Model, _server.Services.GetRequiredService<StrategyPipeline>(), Store(state, new ServerOptions()), new ServerOptions(),
            _server.Services.GetRequiredService<TraceMetrics>(), TimeProvider.System, NullLogger<ShadowRunner>.Instance);
        Outcome outcome = await OutcomeAsync();
        outcome = outcome with { Job = outcome.Job with { Shadow = new(outcome.Job.Plan, outcome.Job.Runs[0] with { Priority = -1 }) } };
        double before = Dropped();
        for (int i = 0; i < ShadowRunner.MaxWaiting + 2; i++)
            await runner.FinishedAsync(outcome, default);
        Assert.Equal(before + 2, Dropped());
        await runner.StopAsync(default);
        Assert.Equal(before + 2 + ShadowRunner.MaxWaiting, Dropped());

        double Dropped() => _server.Metric("itc_shadow_runs_total", "outcome=\"dropped\"");
    }

    private static TraceStore Store(ISharedState state, ServerOptions options) => new(state, new LabelStore(state, TimeProvider.System), options);

    private TraceWriter Writer(TraceStore store, TimeProvider time) => new(
        store, new TraceBuilder(_server.Model, new ServerOptions()), new ServerOptions(), _server.Services.GetRequiredService<TraceMetrics>(), time, NullLogger<TraceWriter>.Instance);

    private async Task<string> WriteAsync(TraceStore store, Tenant tenant)
    {
        StoredTrace trace = new TraceBuilder(_server.Model, new ServerOptions()).Build(await OutcomeAsync());
        long number = await store.ReserveAsync(tenant, 1, default);
        await store.WriteAsync(tenant, number, trace, default);
        await store.TrimAsync(tenant, [(number, trace.Summary.Id)], default);
        return trace.Summary.Id;
    }

    private async Task<Outcome> OutcomeAsync()
    {
        var job = new GenerationJob
        {
            Identity = new(Tenant.Default, "/api/generate", $"gen-{Guid.CreateVersion7():N}", DateTimeOffset.UtcNow),
            Choices = 1,
            Seed = 1,
            Plan = System.Text.Json.JsonSerializer.SerializeToElement(Array.Empty<string>()),
            PlanOrigin = PlanOrigin.None,
            IsPlain = true,
            Runs = [new GenerationRequest { Prompt = _server.Model.Tokenizer.Encode("a"), MaxTokens = 2, Sampling = new SamplingOptions { Seed = 1 } }],
        };
        return await _server.Services.GetRequiredService<GenerationService>().RunAsync(job, Keep.Recording, null, default);
    }
}
