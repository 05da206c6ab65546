namespace InferenceServer.Plugins;

/// <summary>One plug-in as the catalog found it.</summary>
/// <param name="Name">Unique among its kind.</param>
/// <param name="Summary">One sentence.</param>
/// <param name="Paper">Where the method comes from; null when it has no paper.</param>
/// <param name="Type">The class.</param>
/// <param name="OptionsType">The options record that the kind's type argument names; null for a kind without options.</param>
public sealed record Plugin(string Name, string Summary, string? Paper, Type Type, Type? OptionsType);
