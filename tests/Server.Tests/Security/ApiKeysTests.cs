using System.Security.Cryptography;
using System.Text;
using InferenceServer.Server.Security;
using InferenceServer.Server.Tests.Hosting;
using InferenceServer.Shared;

namespace InferenceServer.Server.Tests.Security;

public sealed class ApiKeysTests
{
    private const string Key = "sk-0123456789abcdef";

    [Fact]
    public void Find_KeyOrItsHash_NamesTheTenant()
    {
        string hash = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes("another-long-secret")));
        ApiKeys keys = Parse($$"""{"team-a":"{{Key}}","team-b":"sha256:{{hash}}"}""");
        Assert.Equal("team-a", keys.Find(Key)?.Name);
        Assert.Equal("team-b", keys.Find("another-long-secret")?.Name);
        Assert.Null(keys.Find(Key + "0"));
        Assert.Null(keys.Find(""));
        // Whoever reads the file must not be able to call.
        Assert.Null(keys.Find($"sha256:{hash}"));
        Assert.Equal(["team-a", "team-b"], keys.Tenants.Select(tenant => tenant.Name));
    }

    [Theory]
    [InlineData("""{"a":""", "not JSON, at line 1")]
    [InlineData("[]", "an object from name to key")]
    [InlineData("{}", "an object from name to key")]
    [InlineData("""{"a/b":"sk-0123456789abcdef"}""", "'a/b' cannot be a name")]
    [InlineData("""{"a":"short"}""", "at least 16 characters")]
    [InlineData("""{"a":"with spaces in between"}""", "no spaces")]
    [InlineData("""{"a":5}""", "must be a string")]
    [InlineData("""{"a":"sha256:zz"}""", "64 hexadecimal digits")]
    [InlineData("""{"a":"sk-0123456789abcdef","b":"sk-0123456789abcdef"}""", "'a' and 'b' have the same key")]
    public void Parse_BadFile_SaysWhatIsWrongWithoutTheKey(string json, string message)
    {
        string said = Assert.Throws<FormatException>(() => Parse(json)).Message;
        Assert.Contains(message, said, StringComparison.Ordinal);
        Assert.DoesNotContain(Key, said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_FileIsMissing_StopsTheStartWithOneLine()
    {
        using var folder = new TemporaryFolder();
        TestModel.Write(folder.Path);
        (int code, string output) = await ServerProcess.RunAsync(null, "--model", folder.Path, "--api-keys", folder.File("none.json"));
        Assert.Equal(1, code);
        Assert.Contains("--api-keys", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    private static ApiKeys Parse(string json) => ApiKeys.Parse(Encoding.UTF8.GetBytes(json));
}
