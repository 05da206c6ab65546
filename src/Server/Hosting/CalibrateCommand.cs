using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using InferenceServer.Server.Calibration;
using InferenceServer.Server.Errors;
using InferenceServer.Server.Jobs;
using InferenceServer.Server.State;
using InferenceServer.Strategies;
using InferenceServer.Strategies.State;

namespace InferenceServer.Server.Hosting;

/// <summary><c>calibrate</c>: measures a plan's confidence on a labelled file and writes the result where the server reads it. It takes the server's flags too, and listens nowhere; with the
/// same <c>--state</c> or <c>--redis</c> a running server sees the result at once.</summary>
public sealed class CalibrateCommand
{
    private const int Rows = 10;

    private readonly Option<FileInfo> _problems = new("--problems") { Description = "JSON lines of {\"question\", \"answer\"}; the answer is null where there is none.", HelpName = "FILE", Required = true };
    private readonly Option<string> _strategies = new("--strategies") { Description = "The plan as in a request; its answers' scores are the confidence.", HelpName = "JSON", DefaultValueFactory = _ => """[{"name":"self_consistency"}]""" };
    private readonly Option<string> _name = new("--name") { Description = "What the calibration is called.", HelpName = "NAME", DefaultValueFactory = _ => "default" };
    private readonly Option<double> _risk = new("--target-risk") { Description = "The share of wrong answers that is wanted at most.", HelpName = "SHARE", DefaultValueFactory = _ => 0.1 };
    private readonly Option<double> _temperature = new("--temperature") { Description = "Of the sampling.", HelpName = "T", DefaultValueFactory = _ => 1 };
    private readonly Option<int?> _maxTokens = new("--max-tokens") { Description = "Tokens of one candidate at most. Default: as many as fit.", HelpName = "N" };
    private readonly Option<long> _seed = new("--seed") { Description = "The same file and seed give the same curve.", HelpName = "N" };

    public CalibrateCommand() => Command = new("calibrate", "Measure on labelled questions how far a plan's confidence can be trusted.") { _problems, _strategies, _name, _risk, _temperature, _maxTokens, _seed };

    public Command Command { get; }

    /// <param name="arguments">The command's own.</param>
    /// <param name="app">Built, not started.</param>
    /// <param name="console">The result goes there.</param>
    /// <param name="cancellationToken">Ctrl+C.</param>
    /// <exception cref="StartupException">The file or an argument cannot be used.</exception>
    public async Task<int> RunAsync(ParseResult arguments, WebApplication app, TextWriter console, CancellationToken cancellationToken)
    {
        var calibrator = app.Services.GetRequiredService<Calibrator>();
        try
        {
            CalibrationRecipe recipe = Recipe(arguments, app.Services.GetRequiredService<StrategyCatalog>());
            calibrator.Check(recipe);
            StoredCalibration result = await calibrator.RunAsync(Tenant.Default, recipe, Console.IsErrorRedirected ? _ => { } : Report, cancellationToken);
            Write(console, result);
            return 0;
        }
        catch (Exception e) when (e is StrategyPlanException or JobFailedException or ApiException or StateUnavailableException)
        {
            throw new StartupException(e.Message, e);
        }
    }

    private CalibrationRecipe Recipe(ParseResult arguments, StrategyCatalog catalog)
    {
        FileInfo file = arguments.GetRequiredValue(_problems);
        string name = arguments.GetRequiredValue(_name);
        double risk = arguments.GetValue(_risk), temperature = arguments.GetValue(_temperature);
        if (!Strategies.Handbooks.BehaviourRules.IsHandbookName(name))
            throw new StartupException($"--name {name}: lower-case letters and digits with single hyphens or underscores between them, please.");
        if (risk is not (> 0 and <= 1))
            throw new StartupException($"--target-risk {risk.ToString(CultureInfo.InvariantCulture)} is out of range; it must be above 0 and at most 1.");
        if (temperature is not (>= 0 and <= 2))
            throw new StartupException($"--temperature {temperature.ToString(CultureInfo.InvariantCulture)} is out of range; it must be from 0 to 2.");
        try
        {
            IReadOnlyList<LabelledProblem> problems = LabelledProblem.Read(File.ReadLines(file.FullName));
            return problems.Count == 0
                ? throw new StartupException($"--problems {file.Name} holds no problems.")
                : new(name, problems, catalog.Bind(JsonSerializer.Deserialize<JsonElement>(arguments.GetRequiredValue(_strategies))), risk, temperature, arguments.GetValue(_maxTokens), arguments.GetValue(_seed));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new StartupException($"--problems {file.Name}: {e.Message}", e);
        }
        catch (JsonException e)
        {
            throw new StartupException($"--strategies is not JSON: {e.Message}", e);
        }
    }

    private static void Report(JobProgress progress)
    {
        Console.Error.Write(string.Create(CultureInfo.InvariantCulture, $"\r{progress.Done} of {progress.Total}"));
        if (progress.Done == progress.Total)
            Console.Error.WriteLine();
    }

    private static void Write(TextWriter console, StoredCalibration result)
    {
        console.WriteLine("coverage  risk   95 % limit  threshold");
        int step = Math.Max(1, result.Curve.Count / Rows);
        foreach (CurvePoint point in result.Curve.Where((_, index) => (index + 1) % step == 0 || index == result.Curve.Count - 1))
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{point.Coverage,8:0.000}  {point.Risk:0.000}  {point.RiskUpper,10:0.000}  {point.Threshold:0.####}"));
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{result.Questions} questions, {result.Unanswerable} without an answer, {result.Unscored} not answered or not scored; area under the curve {result.AreaUnderCurve:0.000}."));
        console.WriteLine(result.Threshold is { } threshold
            ? string.Create(CultureInfo.InvariantCulture, $"Kept as '{result.Name}': answers from a confidence of {threshold:0.####} on are wrong in at most {result.TargetRisk:0.###} of cases, by the upper 95 % limit.")
            : string.Create(CultureInfo.InvariantCulture, $"Kept as '{result.Name}', but no threshold keeps the risk at {result.TargetRisk:0.###}: more questions, a better plan or a higher --target-risk."));
    }
}
