namespace InferenceServer.Trainer.Tasks;

/// <summary>A kind of story: how it is drawn, and every phrasing that it uses of its own.</summary>
public sealed record ProblemFamily(string Name, Action<ProblemDraft> Draw, IReadOnlyList<Phrasings> Phrasings);
