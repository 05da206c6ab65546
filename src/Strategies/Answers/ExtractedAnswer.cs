namespace InferenceServer.Strategies.Answers;

/// <summary>A final answer as found in a text, with the forms that comparison needs.</summary>
/// <param name="Text">As written.</param>
/// <param name="Normalized">Lower case, without articles, punctuation and mark-up.</param>
/// <param name="Number">Its value when it is a number (a percentage is not divided by 100); null otherwise.</param>
/// <param name="Unit">What follows the number ("apple", "%", "dollar"), singular; empty when nothing does.</param>
public sealed record ExtractedAnswer(string Text, string Normalized, double? Number, string Unit);
