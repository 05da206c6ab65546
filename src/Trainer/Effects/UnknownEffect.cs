using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Effects;

/// <summary>Questions without an answer among others: how many are recognised, and how many of the others are taken for such. By greedy decoding and by a vote.</summary>
/// <param name="problems">Every other one without an answer.</param>
public sealed class UnknownEffect(IReadOnlyList<WordProblem> problems) : IFormatEffect
{
    private const int Votes = 8;
    private const string Greedy = "greedy", Sampled = "sampled";

    public string Name => "unknown";

    public IReadOnlyList<string> Questions { get; } = [.. problems.Select(p => p.Question)];

    public async Task<IReadOnlyList<Trial>> AskAsync(EffectSampler sampler, int index, CancellationToken cancellationToken) =>
    [
        await sampler.AskAsync(Greedy, DirectEffect.Ask(problems[index]), index, cancellationToken, samples: 1, temperature: 0),
        await sampler.AskAsync(Sampled, DirectEffect.Ask(problems[index]), index, cancellationToken, samples: Votes),
    ];

    public EffectReport Report(IReadOnlyList<IReadOnlyList<Trial>> trials)
    {
        UnanswerableKind?[] kinds = [.. problems.Where(p => p.Answer is null).Select(p => p.Why).Distinct().Order()];
        List<Rate> rates = [];
        foreach (var (way, says) in ((string, Func<IReadOnlyList<Trial>, bool>)[])[(Greedy, t => t[0].Majority == WordProblem.Unknown), ($"vote of {Votes}", t => t[1].Majority == WordProblem.Unknown)])
        {
            rates.Add(Share($"recognised, {way}", p => p.Answer is null, says));
            rates.AddRange(kinds.Select(kind => Share($"recognised, {way}, {Words(kind)}", p => p.Answer is null && p.Why == kind, says)));
            rates.Add(Share($"false alarms, {way}", p => p.Answer is not null, says));
        }
        rates.Add(Rate.Of("what is missing named, of the recognised, greedy", trials.Select((t, i) => problems[i].Answer is null && t[0].Majority == WordProblem.Unknown
            ? StepVerifier.Grade(problems[i], Formats.SolutionLines.Settled(t[0].Completions[0].Text)).Passed ? 1 : 0 : (double?)null)));
        return new(Name, "Questions without an answer, among others: how many are recognised, and how many others are taken for such.", ArmReport.Of(problems, trials, [(Greedy, null), (Sampled, null)]), rates);

        Rate Share(string name, Func<WordProblem, bool> about, Func<IReadOnlyList<Trial>, bool> says) =>
            Rate.Of(name, trials.Select((t, i) => about(problems[i]) ? says(t) ? 1 : 0 : (double?)null));
    }

    private static string Words(UnanswerableKind? kind) => kind switch
    {
        UnanswerableKind.VagueNumber => "a number is vague",
        UnanswerableKind.FactLeftOut => "a fact is left out",
        UnanswerableKind.Contradiction => "a fact is contradicted",
        _ => "never mentioned",
    };
}
