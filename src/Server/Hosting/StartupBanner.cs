using System.Globalization;
using System.Reflection;
using InferenceServer.Server.Generation;
using InferenceServer.Server.State;
using InferenceServer.Strategies;
using InferenceServer.Strategies.State;
using InferenceServer.Strategies.Verifying;

namespace InferenceServer.Server.Hosting;

/// <summary>What the operator sees when the server is up: what runs where, and a request to try.</summary>
public static class StartupBanner
{
    public static void Write(TextWriter console, WebApplication app)
    {
        var model = app.Services.GetRequiredService<ServedModel>();
        var options = app.Services.GetRequiredService<ServerOptions>();
        var state = app.Services.GetRequiredService<ISharedState>();
        string where = options.Redis is null ? Path.GetFullPath(options.State ?? StatePath.Default) : $"Redis{(state.Trouble is null ? "" : $", but: {state.Trouble}")}";
        string reward = string.Join(", ", app.Services.GetRequiredService<IModelRegistry>().Names);
        string address = app.Urls.First();
        string version = typeof(StartupBanner).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $$"""
            Inference-time compute server {{version}}
              model    {{model.Name}}, {{Millions(model.Config.Parameters)}} parameters, {{model.Weights}} weights{{(model.Language.HasValue ? ", with a value head" : "")}}{{(reward.Length > 0 ? $"; rewards by {reward}" : "")}}
              device   {{model.Device}}
              holds    {{model.Engine.Limits.Slots}} sequences of {{model.Language.ContextLength}} tokens
              state    {{where}}
              fields   {{(options.Strict ? "strict: unknown request fields are refused" : "lenient: unknown request fields are ignored")}}
              listens  {{string.Join(", ", app.Urls)}}
            {{Isolation(options)}}Try it:
              curl {{address}}/v1/chat/completions -H 'Content-Type: application/json' \
                -d '{"messages":[{"role":"user","content":"Emma starts with 13 stamps. Then Emma gets 3 bags of 12 stamps each. How many stamps does Emma have now?"}],"strategies":[{"name":"best_of_n","n":8}]}'
            Dashboard: {{address}}/. API description: {{address}}/swagger. Stop with Ctrl+C.
            """));
    }

    /// <summary>How verifier commands are shut in, where there are any.</summary>
    private static string Isolation(ServerOptions options) => options.Verifiers.Commands.Count > 0 ? $"{LimitedProcess.Isolation}\n" : "";

    private static string Millions(long parameters) => parameters switch
    {
        >= 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{parameters / 1e9:0.0}B"),
        >= 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{parameters / 1e6:0.0}M"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{parameters / 1e3:0.0}K"),
    };
}
