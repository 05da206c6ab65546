using System.CommandLine;
using InferenceServer.Engine.Decoding;
using InferenceServer.Modeling;
using InferenceServer.Plugins;
using InferenceServer.Server.Api;
using InferenceServer.Server.Calibration;
using InferenceServer.Server.Dashboard;
using InferenceServer.Server.Errors;
using InferenceServer.Server.Experiments;
using InferenceServer.Server.Generation;
using InferenceServer.Server.Handbooks;
using InferenceServer.Server.Hosting;
using InferenceServer.Server.Jobs;
using InferenceServer.Server.OpenApi;
using InferenceServer.Server.Requests;
using InferenceServer.Server.Security;
using InferenceServer.Server.State;
using InferenceServer.Server.Stored;
using InferenceServer.Server.Streaming;
using InferenceServer.Server.Telemetry;
using InferenceServer.Server.Traces;
using InferenceServer.Strategies;
using InferenceServer.Strategies.Calibration;
using InferenceServer.Strategies.Handbooks;
using InferenceServer.Strategies.State;

namespace InferenceServer.Server;

/// <summary>The server: flags, settings, model, services, endpoints, in this order.</summary>
public static class Program
{
    public static Task<int> Main(string[] args) => CommandLine.InvokeAsync(args, ServeAsync, CalibrateAsync);

    private static Task<int> ServeAsync(IReadOnlyDictionary<string, string?> flags) => RunAsync(async () =>
    {
        await using WebApplication app = Build(flags);
        await app.StartAsync();
        StartupBanner.Write(Console.Out, app);
        await app.WaitForShutdownAsync();
        return 0;
    });

    private static Task<int> CalibrateAsync(IReadOnlyDictionary<string, string?> flags, CalibrateCommand command, ParseResult arguments, CancellationToken cancellationToken) => RunAsync(async () =>
    {
        await using WebApplication app = Build(flags);
        return await command.RunAsync(arguments, app, Console.Out, cancellationToken);
    });

    private static async Task<int> RunAsync(Func<Task<int>> run)
    {
        try
        {
            return await run();
        }
        // What an operator can put right is told in one line; anything else is a bug and keeps its stack trace.
        catch (Exception e) when (e is StartupException or ModelFormatException or DeviceUnavailableException or PluginException or IOException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
    }

    /// <summary>A server that is ready to start.</summary>
    /// <param name="flags">Configuration over that of files and environment.</param>
    /// <param name="load">Loads the model; tests give one of their own.</param>
    public static WebApplication Build(IReadOnlyDictionary<string, string?> flags, Func<ServerOptions, ServedModel>? load = null)
    {
        // appsettings.json lies beside the program, wherever it was started.
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddInMemoryCollection(flags);
        ServerOptions options = ServerConfiguration.Read(builder.Configuration);
        builder.WebHost.UseUrls((options.Urls ?? builder.Configuration["urls"] ?? ServerOptions.DefaultUrls).Split(';'));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = options.MaxBodyBytes;
        });
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(options.DrainSeconds));

        ServedModel model = (load ?? ModelLoader.Load)(options);
        ServedModel? reward = ModelLoader.LoadReward(options);
        ApiKeys keys = ApiKeys.Load(options.ApiKeys);
        ISharedState state = StateSetup.Open(options, TimeProvider.System);
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(_ => model);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(options.Verifiers);
        builder.Services.AddSingleton(keys);
        builder.Services.AddSingleton(StartupFiles.FeedbackPhrases(options));
        builder.Services.AddSingleton<IModelRegistry>(_ => new ModelRegistry(reward));
        builder.Services.AddSingleton(services => new StrategyCatalog(new PluginCatalog([typeof(StrategyCatalog).Assembly], services)));
        builder.Services.AddSingleton<StrategyPipeline>();
        builder.Services.AddSingleton<PlanReader>();
        builder.Services.AddSingleton<JobFactory>();
        builder.Services.AddExperiments();
        builder.Services.AddSingleton<GenerationService>();
        builder.Services.AddSingleton<PromptScoring>();
        builder.Services.AddSingleton<ProgressStream>();
        builder.Services.AddSingleton<StoredResponses>();
        builder.Services.AddSingleton<HandbookStore>();
        builder.Services.AddSingleton<IHandbookSource, HandbookSource>();
        if (EmbeddingEndpoint.From(options) is { } embedder)
            builder.Services.AddSingleton<IEmbedder>(_ => embedder);
        builder.Services.AddSingleton<HandbookBuild>();
        builder.Services.AddHostedService<HandbookKeeper>();
        builder.Services.AddSingleton<CalibrationStore>();
        builder.Services.AddSingleton<ICalibrationSource>(services => services.GetRequiredService<CalibrationStore>());
        builder.Services.AddSingleton<Calibrator>();
        builder.Services.AddTraces();
        builder.Services.AddSingleton<JobRunner>();
        builder.Services.AddHostedService(services => services.GetRequiredService<JobRunner>());
        builder.Services.AddSingleton(new RequestBinder(options.Strict));
        builder.Services.AddSingleton<RequestReader>();
        builder.Services.AddSingleton<Readiness>();
        builder.Services.AddHostedService<SelfTest>();
        builder.Services.AddSharedState(state);
        builder.Services.AddServerMetrics();
        builder.Services.AddServerSpans(options);
        builder.Services.AddApiDescription();
        builder.Services.AddDashboard();

        WebApplication app = builder.Build();
        app.UseMiddleware<ErrorMiddleware>();
        app.UseMiddleware<ApiKeyMiddleware>();
        app.UseMiddleware<DrainMiddleware>();
        app.UseDashboard();
        app.UseRouting();
        app.UseApiDescription();
        ChatCompletionsApi.Map(app);
        StoredChatApi.Map(app);
        CompletionsApi.Map(app);
        ModelsApi.Map(app);
        GenerateApi.Map(app);
        ScoreApi.Map(app);
        StrategiesApi.Map(app);
        HandbooksApi.Map(app);
        BehavioursApi.Map(app);
        HandbookBuildApi.Map(app);
        DiagnosticsApi.Map(app);
        CalibrationApi.Map(app);
        JobsApi.Map(app);
        ExperimentsApi.Map(app);
        FeedbackApi.Map(app);
        TracesApi.Map(app);
        ReplayApi.Map(app);
        EngineApi.Map(app);
        ResultsApi.Map(app);
        HealthApi.Map(app);
        app.MapPrometheusScrapingEndpoint("/metrics");
        return app;
    }
}
