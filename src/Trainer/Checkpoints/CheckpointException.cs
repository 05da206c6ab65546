namespace InferenceServer.Trainer.Checkpoints;

/// <summary>A checkpoint could not be written or does not fit the run. The message names the file and says what to do.</summary>
public sealed class CheckpointException(string message, Exception? inner = null) : Exception(message, inner);
