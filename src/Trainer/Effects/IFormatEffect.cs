namespace InferenceServer.Trainer.Effects;

/// <summary>A comparison of the same model with and without one idea, on the same problems.</summary>
public interface IFormatEffect
{
    /// <summary>In reports, on the command line and in the names of files.</summary>
    string Name { get; }

    /// <summary>Of the problems that it asks.</summary>
    IReadOnlyList<string> Questions { get; }

    /// <summary>Asks one problem in every way that suits it.</summary>
    /// <param name="index">Of the problem, from 0 on, as in <see cref="Questions"/>.</param>
    Task<IReadOnlyList<Trial>> AskAsync(EffectSampler sampler, int index, CancellationToken cancellationToken);

    /// <param name="trials">Of every problem, in order.</param>
    EffectReport Report(IReadOnlyList<IReadOnlyList<Trial>> trials);
}
