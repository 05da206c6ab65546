using InferenceServer.Strategies.State;

namespace InferenceServer.Server.Tests.State;

/// <summary>What every shared state promises. Each test has keys of its own, so that they can share a store.</summary>
public abstract class SharedStateContract
{
    private readonly string _own = Guid.NewGuid().ToString("N");

    protected abstract ISharedState State { get; }

    private string Key(string name) => StateKey.Of(_own, "test", name);

    [Fact]
    public async Task Get_NothingWasSet_IsNull() => Assert.Null(await State.GetAsync(Key("a")));

    [Theory]
    [InlineData("")]
    [InlineData("{\"text\":\"Größe 🙂 \\u0000\"}")]
    [InlineData("line\nline\0end")]
    public async Task Set_AnyText_ComesBackAsItWas(string value)
    {
        await State.SetAsync(Key("a"), value);
        Assert.Equal(value, await State.GetAsync(Key("a")));
    }

    [Fact]
    public async Task Set_AMegabyte_ComesBack()
    {
        string value = new('x', 1 << 20);
        await State.SetAsync(Key("a"), value);
        Assert.Equal(value, await State.GetAsync(Key("a")));
    }

    [Fact]
    public async Task Set_Again_ReplacesTheValueAndItsExpiry()
    {
        await State.SetAsync(Key("a"), "1", TimeSpan.FromMilliseconds(1));
        await State.SetAsync(Key("a"), "2");
        await Task.Delay(5);
        Assert.Equal("2", await State.GetAsync(Key("a")));
    }

    [Fact]
    public async Task Set_WithExpiry_IsGoneAfterIt()
    {
        await State.SetAsync(Key("a"), "1", TimeSpan.FromHours(1));
        await State.SetAsync(Key("b"), "1", TimeSpan.FromMilliseconds(20));
        while (await State.GetAsync(Key("b")) is not null)
            await Task.Delay(5);
        Assert.Equal("1", await State.GetAsync(Key("a")));
        Assert.DoesNotContain(Key("b"), await State.KeysAsync(StateKey.Prefix(_own, "test")));
        Assert.False(await State.RemoveAsync(Key("b")));
        Assert.True(await State.CompareAndSetAsync(Key("b"), null, "new"));
    }

    [Fact]
    public async Task GetMany_SomeThere_KeepsTheOrder()
    {
        await State.SetAsync(Key("a"), "1");
        await State.AddAsync(Key("c"), 7);
        Assert.Equal(["7", null, "1"], await State.GetManyAsync([Key("c"), Key("b"), Key("a")]));
        Assert.Empty(await State.GetManyAsync([]));
    }

    [Fact]
    public async Task CompareAndSet_ValueIsAnother_ChangesNothing()
    {
        Assert.False(await State.CompareAndSetAsync(Key("a"), "old", "new"));
        Assert.Null(await State.GetAsync(Key("a")));
        Assert.True(await State.CompareAndSetAsync(Key("a"), null, "first"));
        Assert.False(await State.CompareAndSetAsync(Key("a"), null, "second"));
        Assert.False(await State.CompareAndSetAsync(Key("a"), "other", "second"));
        Assert.True(await State.CompareAndSetAsync(Key("a"), "first", "second"));
        Assert.Equal("second", await State.GetAsync(Key("a")));
    }

    [Fact]
    public async Task CompareAndSet_ManyAtOnce_LosesNoUpdate()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (int done = 0; done < 10;)
            {
                string? before = await State.GetAsync(Key("a"));
                if (await State.CompareAndSetAsync(Key("a"), before, $"{int.Parse(before ?? "0") + 1}"))
                    done++;
            }
        })));
        Assert.Equal("80", await State.GetAsync(Key("a")));
    }

    [Fact]
    public async Task Remove_WhatIsThere_SaysSoOnce()
    {
        await State.SetAsync(Key("a"), "1");
        Assert.True(await State.RemoveAsync(Key("a")));
        Assert.False(await State.RemoveAsync(Key("a")));
        Assert.Null(await State.GetAsync(Key("a")));
    }

    [Fact]
    public async Task Keys_OfAPrefix_AreInOrderAndOnlyIts()
    {
        foreach (string name in (string[])["b*", "a[x]", "a?"])
            await State.SetAsync(Key(name), "1");
        await State.AddAsync(Key("count"), 1);
        await State.PushAsync(Key("list"), "1", 3);
        await State.SetAsync(StateKey.Of(_own, "tests", "other"), "1");
        Assert.Equal([Key("a?"), Key("a[x]"), Key("b*"), Key("count")], await State.KeysAsync(StateKey.Prefix(_own, "test")));
        Assert.Equal([Key("a[x]")], await State.KeysAsync(Key("a[")));
        Assert.Empty(await State.KeysAsync(Key("*")));
    }

    [Fact]
    public async Task Add_ManyAtOnce_CountsEachOnce()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (int i = 0; i < 25; i++)
                await State.AddAsync(Key("a"), 2);
        })));
        Assert.Equal(new StateCounter(395, null), await State.AddAsync(Key("a"), -5));
        Assert.Equal("395", await State.GetAsync(Key("a")));
    }

    [Fact]
    public async Task Add_LargeNumbers_AreExact()
    {
        await State.AddAsync(Key("a"), long.MaxValue - 1);
        Assert.Equal(long.MaxValue, (await State.AddAsync(Key("a"), 1)).Value);
    }

    [Fact]
    public async Task Add_Window_LastsFromTheFirstAddition()
    {
        StateCounter first = await State.AddAsync(Key("a"), 1, TimeSpan.FromHours(1)), second = await State.AddAsync(Key("a"), 1, TimeSpan.FromHours(9));
        Assert.Equal((1, 2), (first.Value, second.Value));
        Assert.InRange(second.Remaining!.Value, TimeSpan.Zero, first.Remaining!.Value);
        await State.AddAsync(Key("b"), 5, TimeSpan.FromMilliseconds(20));
        while (await State.GetAsync(Key("b")) is not null)
            await Task.Delay(5);
        Assert.Equal(1, (await State.AddAsync(Key("b"), 1, TimeSpan.FromHours(1))).Value);
    }

    [Fact]
    public async Task Add_ToATextOrPastTheLargest_IsRefusedAndChangesNothing()
    {
        await State.SetAsync(Key("a"), "text");
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await State.AddAsync(Key("a"), 1));
        Assert.Equal("text", await State.GetAsync(Key("a")));
        await State.AddAsync(Key("b"), long.MaxValue);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await State.AddAsync(Key("b"), 1));
        Assert.Equal(long.MaxValue.ToString(System.Globalization.CultureInfo.InvariantCulture), await State.GetAsync(Key("b")));
        Assert.Null(State.Trouble);
    }

    [Fact]
    public async Task Push_OverCapacity_KeepsTheNewest()
    {
        for (int i = 0; i < 7; i++)
            await State.PushAsync(Key("a"), $"{i}", 4);
        await State.PushAsync(Key("b"), "other", 4);
        Assert.Equal(["6", "5"], await State.RecentAsync(Key("a"), 2));
        Assert.Equal(["6", "5", "4", "3"], await State.RecentAsync(Key("a"), 100));
        Assert.Empty(await State.RecentAsync(Key("a"), 0));
        Assert.Empty(await State.RecentAsync(Key("none"), 5));
    }

    [Fact]
    public async Task Publish_ToSubscribers_ReachesThemInOrderUntilTheyLeave()
    {
        var heard = new List<string>();
        await using IAsyncDisposable other = await State.SubscribeAsync(Key("other"), _ => Assert.Fail("another channel"));
        IAsyncDisposable subscription = await State.SubscribeAsync(Key("a"), message =>
        {
            lock (heard)
                heard.Add(message);
        });
        for (int i = 0; i < 20; i++)
            await State.PublishAsync(Key("a"), $"{i}");
        while (Count() < 20)
            await Task.Delay(5);
        await subscription.DisposeAsync();
        await State.PublishAsync(Key("a"), "late");
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"{i}"), heard);

        int Count()
        {
            lock (heard)
                return heard.Count;
        }
    }

    [Fact]
    public async Task Probe_AllIsWell_FindsNoTrouble()
    {
        await State.ProbeAsync();
        Assert.Null(State.Trouble);
    }

    [Fact]
    public void Key_PartThatReachesOut_IsRefused()
    {
        foreach (string part in (string[])["", "a/b", "../x", "a\nb"])
            Assert.Throws<ArgumentException>(() => StateKey.Of(StateKey.DefaultTenant, "handbook", part));
        Assert.Equal("default/handbook/a b", StateKey.Of(StateKey.DefaultTenant, "handbook", "a b"));
    }
}
