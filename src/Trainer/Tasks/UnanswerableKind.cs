namespace InferenceServer.Trainer.Tasks;

/// <summary>Why a question cannot be answered.</summary>
public enum UnanswerableKind
{
    /// <summary>A needed number is "several" or "some".</summary>
    VagueNumber,

    /// <summary>A needed fact is not told.</summary>
    FactLeftOut,

    /// <summary>A needed fact is told twice, with different numbers.</summary>
    Contradiction,

    /// <summary>The question is about someone or something that the story does not mention.</summary>
    NeverMentioned,
}
