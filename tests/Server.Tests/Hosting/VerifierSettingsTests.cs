using InferenceServer.Server.Hosting;
using InferenceServer.Shared;
using InferenceServer.Strategies.Verifying;
using Microsoft.Extensions.Configuration;

namespace InferenceServer.Server.Tests.Hosting;

public sealed class VerifierSettingsTests
{
    private static ServerOptions Read(params (string Key, string Value)[] settings) =>
        ServerConfiguration.Read(new ConfigurationBuilder().AddInMemoryCollection(settings.Select(s => KeyValuePair.Create($"Server:{s.Key}", (string?)s.Value))).Build());

    [Fact]
    public void Read_HostsAndCommands_BindsThem()
    {
        VerifierPermissions verifiers = Read(
            ("Verifiers:WebhookHosts:0", "checks.example:8443"), ("Verifiers:Commands:tests:File", "/usr/bin/python3"), ("Verifiers:Commands:tests:Arguments:0", "check.py"),
            ("Verifiers:Commands:tests:Timeout", "00:00:03")).Verifiers;
        Assert.Equal(["checks.example:8443"], verifiers.WebhookHosts);
        VerifierCommand command = verifiers.Commands["tests"];
        Assert.Equal(("/usr/bin/python3", TimeSpan.FromSeconds(3), 1L << 30), (command.File, command.Timeout, command.MemoryBytes));
        Assert.Equal(["check.py"], command.Arguments);
    }

    [Fact]
    public void Read_Nothing_AllowsNothing()
    {
        VerifierPermissions verifiers = Read().Verifiers;
        Assert.Empty(verifiers.WebhookHosts);
        Assert.Empty(verifiers.Commands);
    }

    [Fact]
    public void FeedbackPhrases_FileWithAMistake_StopsTheStart()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("phrases.json"), """{"neutral": ["So."]}""");
        var error = Assert.Throws<StartupException>(() => StartupFiles.FeedbackPhrases(new() { FeedbackPhrases = folder.File("phrases.json") }));
        Assert.Contains("phrases.json", error.Message, StringComparison.Ordinal);
        Assert.Contains("'anger'", error.Message, StringComparison.Ordinal);
        Assert.Throws<StartupException>(() => StartupFiles.FeedbackPhrases(new() { FeedbackPhrases = folder.File("missing.json") }));
    }
}
