using InferenceServer.Server.Hosting;
using InferenceServer.Shared;

namespace InferenceServer.Server.Tests.Hosting;

/// <summary>The program from its command line to its exit code.</summary>
public sealed class StartupTests
{
    private static readonly Dictionary<string, string> NoEnvironment = [];

    [Fact]
    public async Task Help_Asked_ListsEveryFlag()
    {
        (int code, string output) = await ServerProcess.RunAsync(NoEnvironment, "--help");
        Assert.Equal(0, code);
        foreach (string flag in (string[])["--model", "--urls", "--state", "--redis", "--reward-model", "--requests-per-minute", "calibrate", "--device", "--weights", "--threads", "--spin", "--slots", "--context", "--lenient", "--execution-provider"])
            Assert.Contains(flag, output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--modle", "Unrecognized command or argument '--modle'")]
    [InlineData("--slots=many", "many")]
    [InlineData("--device=gpu", "cpu")]
    [InlineData("--weights=fp8", "int4")]
    [InlineData("--slots=0", "Slots must be between 1 and 4096")]
    public async Task Flag_ThatDoesNotFit_IsNamedInOneMessage(string flag, string message)
    {
        (int code, string output) = await ServerProcess.RunAsync(NoEnvironment, flag);
        Assert.Equal(1, code);
        Assert.Contains(message, output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Server__Slotz", "8", "Slotz")]
    [InlineData("Server__Slots", "eight", "eight")]
    public async Task Environment_ThatDoesNotFit_StopsTheStart(string name, string value, string message)
    {
        (int code, string output) = await ServerProcess.RunAsync(new Dictionary<string, string> { [name] = value });
        Assert.Equal(1, code);
        Assert.Contains(message, output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Model_FolderIsMissing_StopsTheStart()
    {
        (int code, string output) = await ServerProcess.RunAsync(NoEnvironment, "--model", "/nowhere/at/all");
        Assert.Equal(1, code);
        Assert.Contains("'/nowhere/at/all' does not exist", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("tokenizer.json")]
    [InlineData("model.safetensors")]
    public async Task Model_FileIsCutOff_StopsTheStartAndNamesIt(string file)
    {
        using var folder = new TemporaryFolder();
        TestModel.Write(folder.Path);
        File.WriteAllBytes(folder.File(file), File.ReadAllBytes(folder.File(file))[..100]);
        (int code, string output) = await ServerProcess.RunAsync(NoEnvironment, "--model", folder.Path);
        Assert.Equal(1, code);
        Assert.Contains(file, output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Context_LongerThanTheModels_StopsTheStart()
    {
        using var folder = new TemporaryFolder();
        TestModel.Write(folder.Path);
        (int code, string output) = await ServerProcess.RunAsync(NoEnvironment, "--model", folder.Path, "--context", "100000");
        Assert.Equal(1, code);
        Assert.Contains($"more than the {TestServer.Context} tokens", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RewardModel_WithoutAValueHead_StopsTheStart()
    {
        using var folder = new TemporaryFolder();
        TestModel.Write(folder.Path);
        using var plain = new TemporaryFolder();
        TestModel.Write(plain.Path, TestModel.Config with { ValueHeadSize = null });
        (int code, string output) = await ServerProcess.RunAsync(NoEnvironment, "--model", folder.Path, "--reward-model", plain.Path);
        Assert.Equal(1, code);
        Assert.Contains("has no value head", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cuda_WithoutAUsableGpu_StopsTheStartAndSaysWhatIsMissing()
    {
        using var folder = new TemporaryFolder();
        TestModel.Write(folder.Path);
        Assert.SkipWhen(Engine.Decoding.ExecutionDevice.Resolve(Engine.Decoding.DeviceChoice.Auto).IsCuda, "This machine has a usable GPU.");
        (int code, string output) = await ServerProcess.RunAsync(NoEnvironment, "--model", folder.Path, "--device", "cuda");
        Assert.Equal(1, code);
        Assert.Contains("--device cuda cannot be used", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Port_InUse_StopsTheStart()
    {
        await using TestServer other = await TestServer.StartAsync(TestServer.HashingDecoder());
        using var folder = new TemporaryFolder();
        TestModel.Write(folder.Path);
        (int code, string output) = await ServerProcess.RunAsync(NoEnvironment, "--model", folder.Path, "--urls", other.Address.ToString());
        Assert.Equal(1, code);
        Assert.Contains("address already in use", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_ThenTerminated_ShowsTheBannerAnswersAndEndsWell()
    {
        using var folder = new TemporaryFolder();
        TestModel.Write(folder.Path);
        using ServerProcess server = ServerProcess.Start(
            new Dictionary<string, string> { ["Server__Slots"] = "3", ["Server__ModelName"] = "from-environment" },
            "--model", folder.Path, "--model-name", "from-flag", "--urls", "http://127.0.0.1:0");
        await server.SaysAsync("Stop with Ctrl+C.");
        foreach (string line in (string[])["model    from-flag", "fp32 weights", "with a value head", "device   cpu", "holds    3 sequences of 256 tokens", "state    /", "inference-server/state.db", "strict", "/v1/chat/completions"])
            Assert.Contains(line, server.Output, StringComparison.Ordinal);
        using var http = new HttpClient { BaseAddress = server.Address };
        Assert.Contains("from-flag", await http.GetStringAsync("/v1/models"), StringComparison.Ordinal);
        Assert.Equal(0, await server.StopAsync());
    }

    [Fact]
    public void ModelSource_NothingAsked_FindsTheBundledModelAboveTheWorkingDirectory()
    {
        Assert.SkipUnless(Directory.Exists(Path.Combine(RepositoryRoot.Path, "models", "reasoner")), "The bundled model has not been trained yet.");
        Assert.EndsWith(Path.Combine("models", "reasoner"), ModelSource.Find(null), StringComparison.Ordinal);
    }
}
