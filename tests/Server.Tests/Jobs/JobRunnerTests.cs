using System.Text.Json;
using InferenceServer.Server.Jobs;
using InferenceServer.Server.State;
using InferenceServer.Server.Tests.State;
using InferenceServer.Shared;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace InferenceServer.Server.Tests.Jobs;

public sealed class JobRunnerTests : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch);
    private readonly FlakyState _state;
    private readonly JobRunner _jobs;

    public JobRunnerTests()
    {
        _state = new FlakyState(new SqliteState(_folder.File("state.db"), _time));
        _jobs = Runner();
    }

    [Fact]
    public async Task Start_WorkThatEnds_IsDoneWithItsResult()
    {
        (Job job, bool started) = await _jobs.StartAsync(Tenant.Default, "test", "a", (progress, _) =>
        {
            progress(new(3, 4, "nearly"));
            return Task.FromResult(Json("7"));
        }, default);
        Assert.True(started);
        Job done = await UntilAsync(job.Id, "done");
        Assert.Equal((3, 4, 7), (done.Done, done.Total, done.Result!.Value.GetInt32()));
        // On another server, and after this one's restart.
        Assert.Equal("done", (await Runner().FindAsync(Tenant.Default, job.Id, default))!.Status);
    }

    [Fact]
    public async Task Start_SameSubjectTwice_IsOneJobOnAllServers()
    {
        var gate = new TaskCompletionSource<JsonElement>();
        int runs = 0;
        Task<JsonElement> Work(Action<JobProgress> progress, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref runs);
            return gate.Task;
        }
        await using JobRunner other = Runner();
        (Job first, bool started) = await _jobs.StartAsync(Tenant.Default, "test", "a", Work, default);
        (Job second, bool startedAgain) = await _jobs.StartAsync(Tenant.Default, "test", "a", Work, default);
        (Job third, bool startedElsewhere) = await other.StartAsync(Tenant.Default, "test", "a", Work, default);
        Assert.Equal((true, false, false), (started, startedAgain, startedElsewhere));
        Assert.Equal([first.Id, first.Id], [second.Id, third.Id]);
        gate.SetResult(Json("1"));
        await UntilAsync(first.Id, "done");
        Assert.Equal(1, runs);
        // Afterwards it can be done again.
        Assert.True((await other.StartAsync(Tenant.Default, "test", "a", (_, _) => Task.FromResult(Json("2")), default)).Started);
    }

    [Fact]
    public async Task Cancel_RunningJob_EndsItAndCancellingAgainChangesNothing()
    {
        Job job = (await _jobs.StartAsync(Tenant.Default, "test", "a", ForeverAsync, default)).Job;
        Assert.Equal("cancelled", (await _jobs.CancelAsync(Tenant.Default, job.Id, default))!.Status);
        Assert.Equal("cancelled", (await _jobs.CancelAsync(Tenant.Default, job.Id, default))!.Status);
        Assert.True((await _jobs.StartAsync(Tenant.Default, "test", "a", (_, _) => Task.FromResult(Json("2")), default)).Started);
    }

    [Fact]
    public async Task Cancel_JobOfAnotherServer_EndsIt()
    {
        // Two runners on one state: what one publishes the other hears.
        await using JobRunner other = Runner();
        Job job = (await _jobs.StartAsync(Tenant.Default, "test", "a", ForeverAsync, default)).Job;
        await other.CancelAsync(Tenant.Default, job.Id, default);
        await UntilAsync(job.Id, "cancelled");
    }

    [Fact]
    public async Task Work_Throws_IsFailedAndTellsOnlyWhatIsMeantForClients()
    {
        Job broken = (await _jobs.StartAsync(Tenant.Default, "test", "a", (_, _) => throw new InvalidOperationException("secret details"), default)).Job;
        Assert.DoesNotContain("secret", (await UntilAsync(broken.Id, "failed")).Message, StringComparison.Ordinal);
        Job stuck = (await _jobs.StartAsync(Tenant.Default, "test", "b", (_, _) => throw new JobFailedException("no problem was solved"), default)).Job;
        Assert.Equal("no problem was solved", (await UntilAsync(stuck.Id, "failed")).Message);
    }

    [Fact]
    public async Task Stop_ServerEnds_JobIsInterruptedAndCanBeStartedAgain()
    {
        Job job = (await _jobs.StartAsync(Tenant.Default, "test", "a", ForeverAsync, default)).Job;
        await _jobs.StopAsync(default);
        await using JobRunner next = Runner();
        Assert.Equal("interrupted", (await next.FindAsync(Tenant.Default, job.Id, default))!.Status);
        Assert.True((await next.StartAsync(Tenant.Default, "test", "a", (_, _) => Task.FromResult(Json("2")), default)).Started);
    }

    [Fact]
    public async Task ServerDies_LeaseRunsOut_JobIsInterruptedAndCanBeStartedAgain()
    {
        // What a killed server leaves: a record that says "running", and a lease that nobody renews.
        await _state.SetAsync(Tenant.Default.Key("job", "job-dead"), """{"id":"job-dead","kind":"test","subject":"a","status":"running","created":0,"updated":0,"done":0,"total":0}""");
        await _state.SetAsync(Tenant.Default.Key("job-lease", "test", "a"), "job-dead", TimeSpan.FromSeconds(60));
        Assert.Equal("running", (await _jobs.FindAsync(Tenant.Default, "job-dead", default))!.Status);
        Assert.False((await _jobs.StartAsync(Tenant.Default, "test", "a", ForeverAsync, default)).Started);
        _time.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal("interrupted", (await _jobs.FindAsync(Tenant.Default, "job-dead", default))!.Status);
        Assert.True((await _jobs.StartAsync(Tenant.Default, "test", "a", (_, _) => Task.FromResult(Json("2")), default)).Started);
    }

    [Fact]
    public async Task Find_AnotherTenantsOrNone_IsNull()
    {
        Job job = (await _jobs.StartAsync(Tenant.Default, "test", "a", ForeverAsync, default)).Job;
        Assert.Null(await _jobs.FindAsync(new Tenant("other"), job.Id, default));
        Assert.Null(await _jobs.CancelAsync(new Tenant("other"), job.Id, default));
        Assert.Null(await _jobs.FindAsync(Tenant.Default, "job-none", default));
        Assert.Null(await _jobs.FindAsync(Tenant.Default, "a/b", default));
        Assert.Equal([job.Id], (await _jobs.ListAsync(Tenant.Default, default)).Select(found => found.Id));
        Assert.Empty(await _jobs.ListAsync(new Tenant("other"), default));
    }

    private JobRunner Runner() => new(_state, _time, NullLogger<JobRunner>.Instance);

    private static JsonElement Json(string json) => JsonSerializer.Deserialize<JsonElement>(json);

    private static async Task<JsonElement> ForeverAsync(Action<JobProgress> progress, CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.Infinite, cancellationToken);
        return default;
    }

    private async Task<Job> UntilAsync(string id, string status)
    {
        while (true)
        {
            Job job = (await _jobs.FindAsync(Tenant.Default, id, default))!;
            if (job.Status == status)
                return job;
            Assert.Equal("running", job.Status);
            await Task.Delay(5);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _jobs.StopAsync(default);
        await _jobs.DisposeAsync();
        await _state.DisposeAsync();
        _folder.Dispose();
    }
}
