using System.Diagnostics;
using Spectre.Console;

namespace InferenceServer.Trainer.Training;

/// <summary>Shows a loop on the console: a bar with loss, tokens a second and time left; plain lines where the output is not a terminal.</summary>
public static class TrainingProgress
{
    private const double Smoothing = 0.02;
    private const int PlainEvery = 50;

    /// <param name="work">Runs the loop, handing it the action to call after each step.</param>
    public static TResult Show<TResult>(IAnsiConsole console, string title, Func<Action<StepReport>, TResult> work)
    {
        if (!console.Profile.Capabilities.Interactive)
            return work(new Meter(title).Plain(console));
        return console.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                var bar = context.AddTask(title);
                var meter = new Meter(title);
                return work(report =>
                {
                    meter.Add(report);
                    bar.MaxValue = report.TotalSteps;
                    bar.Value = report.Step;
                    bar.Description = meter.Describe(report).EscapeMarkup();
                });
            });
    }

    private sealed class Meter(string title)
    {
        private double _loss = double.NaN, _tokensPerSecond = double.NaN;
        private readonly long _start = Stopwatch.GetTimestamp();
        private long _tokens, _first = -1;

        public void Add(StepReport report)
        {
            if (_first < 0)
                _first = report.Step - 1;
            _loss = double.IsNaN(_loss) ? report.Loss : _loss + Smoothing * (report.Loss - _loss);
            _tokens += report.Tokens;
            _tokensPerSecond = _tokens / Stopwatch.GetElapsedTime(_start).TotalSeconds;
        }

        public string Describe(StepReport report) => string.Create(null, $"{title} loss {_loss:f3}, {_tokensPerSecond:f0} tokens/s");

        public Action<StepReport> Plain(IAnsiConsole console) => report =>
        {
            Add(report);
            if (report.Step % PlainEvery != 0 && report.Step != report.TotalSteps)
                return;
            var left = Stopwatch.GetElapsedTime(_start) / (report.Step - _first) * (report.TotalSteps - report.Step);
            console.WriteLine(string.Create(null, $"{Describe(report)}, step {report.Step}/{report.TotalSteps}, {left:hh\\:mm\\:ss} left"));
        };
    }
}
