namespace InferenceServer.Strategies.Calibration;

/// <summary>Thresholds that were calibrated on labelled answers. The host supplies it.</summary>
public interface ICalibrationSource
{
    /// <summary>Confidence from which this model's answers are trusted; null when that was not calibrated.</summary>
    /// <param name="model">The model's name.</param>
    /// <param name="confidence">The measure's name as requests spell it, "agreement" for instance.</param>
    double? Threshold(string model, string confidence);
}
