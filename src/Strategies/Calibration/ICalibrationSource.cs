namespace InferenceServer.Strategies.Calibration;

/// <summary>Where strategies find thresholds that were calibrated on labelled questions. The host supplies it; without one there are none.</summary>
public interface ICalibrationSource
{
    /// <summary>The confidence from which on answers are to be given; null when the tenant has no such calibration, or it found no threshold.</summary>
    /// <exception cref="State.StateUnavailableException">It cannot be read at the moment.</exception>
    ValueTask<double?> ThresholdAsync(string tenant, string name, CancellationToken cancellationToken);
}
