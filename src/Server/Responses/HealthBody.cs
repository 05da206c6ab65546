namespace InferenceServer.Server.Responses;

/// <summary>Answer of the health endpoints.</summary>
/// <param name="Status">live, ready, degraded or not_ready.</param>
/// <param name="Reasons">Why it is not ready, or what is missing; empty otherwise.</param>
public sealed record HealthBody(string Status, IReadOnlyList<string> Reasons);
