using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using InferenceServer.Server.Tests;
using InferenceServer.Shared;

namespace InferenceServer.Dashboard.Tests;

/// <summary>The dashboard's files as HTTP serves them; no browser.</summary>
public sealed class FilesTests(DashboardServer fixture) : IClassFixture<DashboardServer>
{
    private static readonly string Root = Path.Combine(RepositoryRoot.Path, "src", "Server", "wwwroot");
    private readonly HttpClient _http = fixture.Server.Http;

    public static TheoryData<string> Files => [.. Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(Root, file))];

    [Fact]
    public async Task Root_Get_IsThePageWithItsLinks()
    {
        using HttpResponseMessage response = await _http.GetAsync("/");
        string html = await response.Content.ReadAsStringAsync();
        Assert.Equal("text/html", response.Content.Headers.ContentType!.MediaType);
        foreach (string link in (string[])["/swagger", "/metrics", "/health/ready"])
            Assert.Contains($"href=\"{link}\"", html, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task File_Get_IsServedWithPolicyAndTag(string file)
    {
        using HttpResponseMessage response = await _http.GetAsync($"/{file}");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        string policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("http", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        Assert.True(response.Headers.CacheControl!.NoCache);

        using var again = new HttpRequestMessage(HttpMethod.Get, $"/{file}");
        again.Headers.IfNoneMatch.Add(response.Headers.ETag!);
        using HttpResponseMessage unchanged = await _http.SendAsync(again);
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
    }

    [Theory]
    [InlineData("/", "br")]
    [InlineData("/app.css", "gzip")]
    [InlineData("/js/main.js", "br")]
    public async Task File_GetWithAcceptEncoding_IsCompressed(string path, string encoding)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue(encoding));
        using HttpResponseMessage response = await _http.SendAsync(request);
        Assert.Equal(encoding, Assert.Single(response.Content.Headers.ContentEncoding));
    }

    [Fact]
    public async Task Path_WithoutAFile_IsStillAnErrorInOpenAIsShape()
    {
        using HttpResponseMessage response = await _http.GetAsync("/js/missing.js");
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains("route_not_found", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    /// <summary>Nothing is loaded from elsewhere, and no text becomes markup: the browser enforces both, this says where.</summary>
    [Theory]
    [MemberData(nameof(Files))]
    public void File_Text_NamesNoOtherOriginAndMakesNoMarkup(string file)
    {
        string text = File.ReadAllText(Path.Combine(Root, file)).Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal);
        Assert.DoesNotMatch(new Regex("https?://|innerHTML|outerHTML|insertAdjacentHTML|document\\.write|\\beval\\("), text);
        Assert.InRange(text.Split('\n').Length, 1, 300);
    }

    /// <summary>A browser that shows the first page must not find out level by level which modules it needs.</summary>
    [Fact]
    public void Page_Preloads_ExactlyTheModulesOfTheFirstView()
    {
        var needed = new SortedSet<string>(StringComparer.Ordinal);
        Follow("js/main.js");
        Follow("js/views/playground.js");
        string html = File.ReadAllText(Path.Combine(Root, "index.html"));
        string[] loaded = [.. Regex.Matches(html, "<(?:link rel=\"modulepreload\" href|script type=\"module\" src)=\"/([^\"]+)\"").Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal)];
        Assert.Equal(needed, loaded);

        void Follow(string module)
        {
            if (!needed.Add(module))
                return;
            foreach (Match import in Regex.Matches(File.ReadAllText(Path.Combine(Root, module)), "^import [^;]*? from \"(\\.[^\"]+)\";", RegexOptions.Multiline))
                Follow(Path.GetRelativePath(Root, Path.GetFullPath(Path.Combine(Root, Path.GetDirectoryName(module)!, import.Groups[1].Value))));
        }
    }
}
