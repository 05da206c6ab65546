using System.Globalization;
using InferenceServer.Trainer.Models;
using InferenceServer.Trainer.Optimizers;
using static TorchSharp.torch;

namespace InferenceServer.Trainer.Checkpoints;

/// <summary>
/// The state of a run in one safetensors file: weights, the optimizer's moments and the step. Replaced atomically: the new file is complete on disk before it
/// takes the old one's name, so that a full disk or a kill leaves the last good checkpoint.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="run">Identifies the recipe; a checkpoint of another one is refused.</param>
public sealed class CheckpointFile(string path, string run)
{
    private const string FirstMoment = "optimizer.first_moment.", SecondMoment = "optimizer.second_moment.";

    public string Path => path;

    /// <exception cref="CheckpointException">The file could not be written.</exception>
    public void Save(TorchTransformer model, AdamW optimizer, long step)
    {
        var tensors = model.Parameters.Select(p => (p.Key, p.Value))
            .Concat(optimizer.FirstMoments.Select(m => (FirstMoment + m.Key, m.Value)))
            .Concat(optimizer.SecondMoments.Select(m => (SecondMoment + m.Key, m.Value)));
        try
        {
            TensorFile.Write(path, tensors, new() { ["step"] = step.ToString(CultureInfo.InvariantCulture), ["run"] = run });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"{path}: cannot write the checkpoint of step {step}: {e.Message} " +
                $"{(File.Exists(path) ? "The previous checkpoint is intact; free space or fix the folder's permissions and run the same command to go on from it." : "Free space or fix the folder's permissions and start again.")}", e);
        }
    }

    /// <summary>Loads the state if the file exists.</summary>
    /// <returns>The number of steps done; null when there is no checkpoint.</returns>
    /// <exception cref="CheckpointException">The file is damaged, of another recipe, or of another model.</exception>
    public long? TryRestore(TorchTransformer model, AdamW optimizer)
    {
        if (!File.Exists(path))
            return null;
        using var file = TensorFile.Open(path);
        if (file.Metadata.GetValueOrDefault("run") != run)
            throw new CheckpointException($"{path}: the checkpoint belongs to another recipe ('{file.Metadata.GetValueOrDefault("run")}', this is '{run}'). Choose another output folder, or delete the file to start again.");
        if (!long.TryParse(file.Metadata.GetValueOrDefault("step"), CultureInfo.InvariantCulture, out long step))
            throw new CheckpointException($"{path}: the checkpoint does not say how many steps it has behind it. Delete it to start again.");
        using var noGrad = no_grad();
        foreach (var (name, parameter) in model.Parameters)
            file.ReadInto(name, parameter);
        foreach (var (name, moment) in optimizer.FirstMoments)
            file.ReadInto(FirstMoment + name, moment);
        foreach (var (name, moment) in optimizer.SecondMoments)
            file.ReadInto(SecondMoment + name, moment);
        return step;
    }
}
