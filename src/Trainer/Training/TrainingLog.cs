using System.Text.Json;

namespace InferenceServer.Trainer.Training;

/// <summary>Notes every fiftieth step of a loop as a JSON line, for the learning curve.</summary>
public sealed class TrainingLog(string path) : IDisposable
{
    private const int Every = 50;

    private readonly StreamWriter _file = new(path, append: true) { AutoFlush = true };

    public void Add(StepReport report)
    {
        if (report.Step % Every == 0 || report.Step == report.TotalSteps)
            _file.WriteLine(JsonSerializer.Serialize(new { step = report.Step, loss = report.Loss, gradient_norm = report.GradientNorm, learning_rate = report.LearningRate, tokens = report.Tokens, milliseconds = report.Elapsed.TotalMilliseconds }));
    }

    public void Dispose() => _file.Dispose();
}
