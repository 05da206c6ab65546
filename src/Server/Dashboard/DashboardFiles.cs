using System.Net.Mime;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.FileProviders;

namespace InferenceServer.Server.Dashboard;

/// <summary>
/// The dashboard at <c>/</c>: the files of <c>wwwroot</c>, as they are, with ETag, compression and headers that forbid the page to load or run anything from elsewhere.
/// </summary>
internal static class DashboardFiles
{
    /// <summary>
    /// What the page may do: load its own scripts, style and pictures, and talk to this server. Trusted types make the browser refuse to turn text into markup, so what a
    /// model wrote cannot become a part of the page even by mistake.
    /// </summary>
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        + "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    public static void AddDashboard(this IServiceCollection services) => services.AddResponseCompression(compression =>
    {
        compression.EnableForHttps = true;
        compression.MimeTypes = [.. ResponseCompressionDefaults.MimeTypes, MediaTypeNames.Image.Svg];
    });

    /// <summary>Answers requests for the dashboard's files; all others go on, and are not compressed here: an event stream must not wait in a compressor.</summary>
    public static void UseDashboard(this WebApplication app)
    {
        IFileProvider files = app.Environment.WebRootFileProvider;
        app.UseWhen(http => IsFile(files, http.Request), dashboard =>
        {
            dashboard.UseResponseCompression();
            dashboard.UseDefaultFiles();
            dashboard.UseStaticFiles(new StaticFileOptions { OnPrepareResponse = Prepare });
        });
    }

    private static bool IsFile(IFileProvider files, HttpRequest request) =>
        (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method)) && (request.Path == "/" || files.GetFileInfo(request.Path).Exists);

    private static void Prepare(StaticFileResponseContext context)
    {
        IHeaderDictionary headers = context.Context.Response.Headers;
        // Files keep their names when the server is updated, so a browser asks each time and mostly hears 304.
        headers.CacheControl = "no-cache";
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
    }
}
