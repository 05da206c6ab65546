using InferenceServer.Server.Generation;

namespace InferenceServer.Server.Api;

/// <summary>What somebody sees who opens the address in a browser.</summary>
public static class RootPage
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/", (ServedModel model) => Results.Content($$"""
        <!doctype html>
        <html lang="en">
        <meta charset="utf-8">
        <title>Inference-time compute server</title>
        <style>body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 3rem auto; padding: 0 1rem } code { background: #8882; padding: .1em .3em }</style>
        <h1>Inference-time compute server</h1>
        <p>Serves the model <code>{{System.Net.WebUtility.HtmlEncode(model.Name)}}</code> over an OpenAI-compatible API, and turns compute at inference time into request fields.</p>
        <ul>
        <li><a href="/swagger">API description</a>, to read and to try</li>
        <li><a href="/api/strategies">Strategies</a> that a request can ask for</li>
        <li><a href="/v1/models">Model</a></li>
        <li><a href="/health/ready">Health</a> and <a href="/metrics">metrics</a></li>
        </ul>
        </html>
        """, "text/html; charset=utf-8")).ExcludeFromDescription();
}
