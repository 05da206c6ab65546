using System.Globalization;
using InferenceServer.Modeling;
using InferenceServer.Trainer.Models;
using InferenceServer.Trainer.Optimizers;
using static TorchSharp.torch;

namespace InferenceServer.Trainer.Checkpoints;

/// <summary>
/// The state of a run in one safetensors file: weights, the optimizers' moments and the step. Replaced atomically: the new file is complete on disk before it
/// takes the old one's name, so that a full disk or a kill leaves the last good checkpoint. The weights carry their layout's names: a checkpoint is also a weights file.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="run">Identifies the recipe; a checkpoint of another one is refused.</param>
public sealed class CheckpointFile(string path, string run)
{
    private const string OptimizerState = "optimizer.";

    /// <exception cref="CheckpointException">The file could not be written.</exception>
    public void Save(TorchTransformer model, IEnumerable<IOptimizer> optimizers, long step)
    {
        var state = State(model, optimizers);
        try
        {
            TensorSpec[] tensors = [.. state.Select(t => new TensorSpec(t.Key, [.. t.Value.shape.Select(dim => (int)dim)]))];
            SafeTensorsWriter.Write(path, tensors, new TorchWeights(state), new Dictionary<string, string> { ["step"] = step.ToString(CultureInfo.InvariantCulture), ["run"] = run });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"{path}: cannot write the checkpoint of step {step}: {e.Message} " +
                (File.Exists(path) ? "The previous checkpoint is intact: free space or fix the folder's permissions, and the same command goes on from it." : "Free space or fix the folder's permissions and start again."), e);
        }
    }

    /// <summary>Loads the state if the file exists.</summary>
    /// <returns>The number of steps done; null when there is no checkpoint.</returns>
    /// <exception cref="CheckpointException">The file is damaged, of another recipe, or of another model.</exception>
    public long? TryRestore(TorchTransformer model, IEnumerable<IOptimizer> optimizers)
    {
        if (!File.Exists(path))
            return null;
        try
        {
            using var file = SafeTensors.Open(path);
            long step = ReadStep(file);
            foreach (var (name, values) in State(model, optimizers))
                TorchWeights.Load(file, name, values);
            return step;
        }
        catch (ModelFormatException e)
        {
            throw new CheckpointException($"The checkpoint cannot be used: {e.Message} Delete the file to start again, or choose another folder.", e);
        }
    }

    /// <summary>Steps behind the checkpoint, without loading it; 0 when there is none.</summary>
    /// <exception cref="CheckpointException">The file is damaged or of another recipe.</exception>
    public long StepsDone()
    {
        if (!File.Exists(path))
            return 0;
        try
        {
            using var file = SafeTensors.Open(path);
            return ReadStep(file);
        }
        catch (ModelFormatException e)
        {
            throw new CheckpointException($"The checkpoint cannot be used: {e.Message} Delete the file to start again, or choose another folder.", e);
        }
    }

    private long ReadStep(SafeTensors file)
    {
        if (file.Metadata.GetValueOrDefault("run") is var other && other != run)
            throw new CheckpointException($"{path}: the checkpoint belongs to another recipe ('{other}', this one is '{run}'). Choose another folder with --run, or delete the file to start again.");
        return long.TryParse(file.Metadata.GetValueOrDefault("step"), CultureInfo.InvariantCulture, out long step)
            ? step
            : throw new CheckpointException($"{path}: the checkpoint does not say how many steps it has behind it. Delete it to start again.");
    }

    private static Dictionary<string, Tensor> State(TorchTransformer model, IEnumerable<IOptimizer> optimizers) => model.Parameters
        .Concat(optimizers.SelectMany(optimizer => optimizer.State).Select(t => KeyValuePair.Create(OptimizerState + t.Key, t.Value)))
        .ToDictionary(t => t.Key, t => t.Value);
}
