using InferenceServer.Server.Generation;

namespace InferenceServer.Server.Tests.Generation;

public sealed class BoundedQueueTests
{
    [Fact]
    public void TryAdd_AsManyAsAllowed_RefusesTheNext()
    {
        BoundedQueue<int> queue = Queue(maxItems: 2);
        Assert.Equal([true, true, false], [queue.TryAdd(1), queue.TryAdd(1), queue.TryAdd(1)]);
        // What was refused takes up no room.
        Assert.Equal(2, queue.Waiting);
    }

    [Fact]
    public void TryAdd_TokensAreUsedUp_RefusesTheNext()
    {
        BoundedQueue<int> queue = Queue(maxTokens: 10);
        Assert.Equal([true, true, false], [queue.TryAdd(10), queue.TryAdd(1), queue.TryAdd(1)]);
    }

    [Fact]
    public void TryAdd_LargerThanTheBound_FitsIntoAnEmptyQueue()
    {
        BoundedQueue<int> queue = Queue(maxTokens: 10);
        Assert.Equal([true, false], [queue.TryAdd(1000), queue.TryAdd(1)]);
    }

    [Fact]
    public void Release_TakenItem_MakesRoomAndTakingAloneDoesNot()
    {
        BoundedQueue<int> queue = Queue(maxItems: 1, maxTokens: 5);
        Assert.True(queue.TryAdd(6));
        Assert.True(queue.TryTake(out int item));
        Assert.Equal((6, 1, false), (item, queue.Waiting, queue.TryAdd(1)));
        queue.Release(item);
        Assert.Equal((0, true), (queue.Waiting, queue.TryAdd(1)));
    }

    [Fact]
    public void TryTake_SeveralItems_GivesTheOldestFirstAndThenNone()
    {
        BoundedQueue<int> queue = Queue();
        queue.TryAdd(3);
        queue.TryAdd(4);
        Assert.Equal([3, 4], Taken(queue));
        Assert.False(queue.TryTake(out _));
    }

    [Fact]
    public async Task WaitAsync_SomethingIsAdded_Ends()
    {
        BoundedQueue<int> queue = Queue();
        Task waiting = queue.WaitAsync(default).AsTask();
        Assert.False(waiting.IsCompleted);
        queue.TryAdd(1);
        await waiting;
    }

    [Fact]
    public async Task WaitAsync_TheLoopIsToEnd_ThrowsAndLeavesWhatWaits()
    {
        BoundedQueue<int> queue = Queue();
        using var stopping = new CancellationTokenSource();
        Task waiting = queue.WaitAsync(stopping.Token).AsTask();
        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        queue.TryAdd(7);
        Assert.Equal([7], Taken(queue));
    }

    [Fact]
    public async Task TryAdd_FromManyThreads_NeverHoldsMoreThanAllowed()
    {
        const int Allowed = 100;
        BoundedQueue<int> queue = Queue(maxItems: Allowed);
        int[] added = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Enumerable.Range(0, 200).Count(_ => queue.TryAdd(1)))));
        Assert.Equal(Allowed, queue.Waiting);
        Assert.Equal(Allowed, added.Sum());
        Assert.Equal(Allowed, Taken(queue).Count);
    }

    private static BoundedQueue<int> Queue(int maxItems = 1000, long maxTokens = 1_000_000) => new(maxItems, maxTokens, item => item);

    private static List<int> Taken(BoundedQueue<int> queue)
    {
        var taken = new List<int>();
        while (queue.TryTake(out int item))
            taken.Add(item);
        return taken;
    }
}
