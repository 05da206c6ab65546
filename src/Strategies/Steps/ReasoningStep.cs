namespace InferenceServer.Strategies.Steps;

/// <summary>One delimited piece of a candidate's text, with the tokens it was made of.</summary>
/// <param name="Text">Without the delimiter.</param>
/// <param name="FirstToken">Index of its first token among the candidate's.</param>
/// <param name="EndToken">Index after its last token, the delimiter's included.</param>
/// <param name="Reward">Process reward at its end, from 0 to 1; NaN without a value head or before the next token is there.</param>
public sealed record ReasoningStep(string Text, int FirstToken, int EndToken, double Reward);
