using System.Diagnostics;
using InferenceServer.Modeling;
using InferenceServer.Trainer.Checkpoints;
using InferenceServer.Trainer.Models;
using InferenceServer.Trainer.Objectives;
using InferenceServer.Trainer.Optimizers;
using static TorchSharp.torch;

namespace InferenceServer.Trainer.Training;

/// <summary>How long and how fast a loop trains.</summary>
public sealed record TrainingLoopOptions
{
    public required long Steps { get; init; }
    public LearningRateSchedule LearningRate { get; init; } = new();
    public AdamWOptions Optimizer { get; init; } = new();

    /// <summary>Moves the matrices within the layers; AdamW moves everything when null.</summary>
    public MuonOptions? Muon { get; init; }

    /// <summary>Steps between two checkpoints; one is written at the end and on cancellation as well.</summary>
    public long CheckpointEvery { get; init; } = 250;
}

/// <summary>What one step did.</summary>
public readonly record struct StepReport(long Step, long TotalSteps, double Loss, double GradientNorm, double LearningRate, int Tokens, TimeSpan Elapsed);

/// <summary>
/// Forward, backward, clip, step, checkpoint. All state that a run depends on is in the parameters, the optimizer's moments and the step number: the batch of a
/// step is a function of the step, so a run that is stopped and resumed gives the same weights, bit for bit, as one that was not.
/// </summary>
/// <param name="batchAt">The batch of a step (from 0) and its number of tokens; its tensors are freed by the loop.</param>
/// <param name="trained">Which parameters change; the others stay as they are.</param>
public sealed class TrainingLoop<TBatch>(
    TorchTransformer model, IObjective<TBatch> objective, Func<long, (TBatch Batch, int Tokens)> batchAt, TrainingLoopOptions options,
    CheckpointFile? checkpoint = null, Func<string, bool>? trained = null)
{
    /// <summary>Runs from the checkpoint, if there is one, to the last step.</summary>
    /// <returns>The number of steps done in all: fewer than asked for when cancelled, in which case a checkpoint has been written.</returns>
    /// <exception cref="TrainingDivergedException">The loss is not a number.</exception>
    /// <exception cref="CheckpointException">A checkpoint could not be read or written; an earlier one is untouched.</exception>
    public long Run(Action<StepReport>? onStep = null, CancellationToken cancellationToken = default)
    {
        var parameters = model.Parameters.Where(p => trained?.Invoke(p.Key) != false).ToDictionary(p => p.Key, p => p.Value);
        foreach (var (name, parameter) in model.Parameters)
            parameter.requires_grad_(parameters.ContainsKey(name));
        using var muon = options.Muon is null ? null : new Muon(parameters.Where(InLayers).ToDictionary(), options.Muon);
        using var adamW = new AdamW(muon is null ? parameters : parameters.Where(p => !InLayers(p)).ToDictionary(), options.Optimizer);
        IOptimizer[] optimizers = muon is null ? [adamW] : [muon, adamW];
        long done = checkpoint?.TryRestore(model, optimizers) ?? 0, saved = done;
        while (done < options.Steps && !cancellationToken.IsCancellationRequested)
        {
            var report = Step(parameters.Values, optimizers, ++done);
            onStep?.Invoke(report);
            if (checkpoint is not null && done % options.CheckpointEvery == 0)
            {
                checkpoint.Save(model, optimizers, done);
                saved = done;
            }
        }
        if (checkpoint is not null && saved < done)
            checkpoint.Save(model, optimizers, done);
        return done;
    }

    private StepReport Step(IEnumerable<Tensor> parameters, IOptimizer[] optimizers, long step)
    {
        long start = Stopwatch.GetTimestamp();
        using var scope = NewDisposeScope();
        var (batch, tokens) = batchAt(step - 1);
        var loss = objective.Loss(model, batch);
        double value = loss.item<float>();
        if (!double.IsFinite(value))
            throw new TrainingDivergedException(step, value);
        loss.backward();
        double learningRate = options.LearningRate.At(step, options.Steps);
        double norm = GradientClipping.Clip(parameters, options.Optimizer.ClipNorm);
        foreach (var optimizer in optimizers)
            optimizer.Step(step, learningRate);
        return new(step, options.Steps, value, norm, learningRate, tokens, Stopwatch.GetElapsedTime(start));
    }

    private static bool InLayers(KeyValuePair<string, Tensor> parameter) => parameter.Value.dim() == 2 && ModelLayout.Layer.Has(parameter.Key);
}

/// <summary>The loss stopped being a number; the last checkpoint is from before.</summary>
public sealed class TrainingDivergedException(long step, double loss)
    : Exception($"The loss is {loss} at step {step}. Lower the learning rate and start again; the checkpoint holds the weights from before.");
