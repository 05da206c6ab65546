using InferenceServer.Shared;
using InferenceServer.Trainer.Rollouts;

namespace InferenceServer.Trainer.Tests;

public sealed class JsonJournalTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Path => _folder.File("items.jsonl");

    [Fact]
    public async Task CompleteAsync_Interrupted_GoesOnWithWhatIsMissing()
    {
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new JsonJournal<string>(Path).CompleteAsync(10, 1, (i, token) =>
        {
            if (i == 4)
                stop.Cancel();
            token.ThrowIfCancellationRequested();
            return Task.FromResult($"item {i}");
        }, null, stop.Token));
        Assert.False(File.Exists(Path));
        // The process died in the middle of a line.
        File.AppendAllText(Path + ".unfinished", "{\"index\":4,\"it");

        List<int> computed = [];
        int known = 0;
        var items = await new JsonJournal<string>(Path).CompleteAsync(10, 1, (i, _) =>
        {
            computed.Add(i);
            return Task.FromResult($"item {i}");
        }, () => known++, default);
        Assert.Equal([4, 5, 6, 7, 8, 9], computed);
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"item {i}"), items);
        Assert.Equal(10, known);
        Assert.Equal(items, new JsonJournal<string>(Path).Load());
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public async Task CompleteAsync_Finished_ComputesNothing()
    {
        await new JsonJournal<int>(Path).CompleteAsync(3, 2, (i, _) => Task.FromResult(i * i));
        Assert.Equal([0, 1, 4], await new JsonJournal<int>(Path).CompleteAsync(3, 2, (_, _) => throw new InvalidOperationException("it was there")));
    }

    [Fact]
    public async Task CompleteAsync_AnyOrder_IsWrittenInOrder()
    {
        var first = new TaskCompletionSource();
        await new JsonJournal<int>(Path).CompleteAsync(2, 2, async (i, _) =>
        {
            if (i == 0)
                await first.Task;
            else
                first.SetResult();
            return i;
        });
        Assert.Equal(["0", "1"], File.ReadAllLines(Path));
    }
}
