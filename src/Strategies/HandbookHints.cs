using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using InferenceServer.Plugins;
using InferenceServer.Strategies.Handbooks;
using InferenceServer.Strategies.Verifying;

namespace InferenceServer.Strategies;

/// <summary>
/// "Metacognitive Reuse: Turning Recurring LLM Reasoning Into Concise Behaviors", arXiv:2509.13237: put the behaviours that fit a question before it, so that
/// the model need not derive them again.
/// Differences from the paper: far fewer behaviours, found by words rather than by embeddings unless the host has an embedder; their cost in the prompt is
/// counted and capped; a share of the questions may go without, at random, so that the lift is measured rather than believed.
/// </summary>
/// <param name="handbooks">Where handbooks are kept; without one the strategy cannot be used.</param>
/// <param name="embedder">For retrieval by meaning.</param>
[Plugin("handbook", "Puts the behaviours of a handbook that fit the question before it.", Paper = "arXiv:2509.13237")]
public sealed class HandbookHints(IHandbookSource? handbooks = null, IEmbedder? embedder = null) : IStrategy<HandbookOptions>
{
    private const int InclusionDraw = 1, ShuffleDraw = 2;

    public async IAsyncEnumerable<Answer> RunAsync(HandbookOptions options, GenerationContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Handbook handbook = await handbooks!.FindAsync(options.Handbook, cancellationToken) ?? throw context.Refusal("handbook", $"there is no handbook '{options.Handbook}'.");
        IReadOnlyList<Behaviour> found = await BehaviourRetrieval.FindAsync(
            handbook, context.Question, options.Retrieval, options.Topic, options.K, context.Random(ShuffleDraw), embedder, cancellationToken);
        (IReadOnlyList<Behaviour> hints, string lines, int tokens) = Fit(found, options, context.Model);
        bool include = hints.Count > 0 && context.Random(InclusionDraw).NextDouble() < options.Inclusion;
        GenerationContext asked = include ? context.WithPrompt(context.Conversation.BeforeQuestion(lines)) ?? context : context;
        include &= asked != context;

        Answer? last = null;
        await foreach (Answer answer in asked.SampleAsync(1, cancellationToken))
            yield return last = answer;
        if (hints.Count == 0 || last is null)
            yield break;
        Verdict verdict = await context.VerifyAsync(last, cancellationToken);
        await handbooks.RecordAsync(new(
            handbook.Name, handbook.Version, include, [.. hints.Select(hint => hint.Name)], include ? Cited(hints, last.Text) : [],
            verdict.Outcome == VerificationOutcome.Unknown ? null : verdict.IsPass, include ? tokens : 0, last.Candidate.SampledCount), cancellationToken);
    }

    public PlanProblem? Check(HandbookOptions options, PlanContext plan) =>
        handbooks is null ? new("name", "needs handbooks, and this host keeps none.")
        : options.Retrieval == HandbookRetrieval.Embedding && embedder is null ? new("retrieval", "embedding needs an embedder, and this host has none; use bm25 or topic.")
        : null;

    /// <summary>As many as the cap of tokens allows, the best first.</summary>
    private static (IReadOnlyList<Behaviour> Hints, string Lines, int Tokens) Fit(IReadOnlyList<Behaviour> found, HandbookOptions options, ILanguageModel model)
    {
        var hints = new List<Behaviour>();
        var lines = new List<string>();
        int tokens = 0;
        foreach (Behaviour behaviour in found)
        {
            string line = options.Cite ? $"Hint {behaviour.Name}: {behaviour.Instruction}" : $"Hint: {behaviour.Instruction}";
            int cost = model.Tokenizer.Encode(line + "\n", allowSpecial: false).Length;
            if (tokens + cost > options.PromptCap)
                break;
            hints.Add(behaviour);
            lines.Add(line);
            tokens += cost;
        }
        if (options.Cite && lines.Count > 0)
            lines.Add("Name each hint where you use it.");
        return (hints, string.Join('\n', lines), tokens);
    }

    private static List<string> Cited(IReadOnlyList<Behaviour> hints, string text) =>
        [.. hints.Select(hint => hint.Name).Where(name => Regex.IsMatch(text, $@"\b{Regex.Escape(name)}\b", RegexOptions.IgnoreCase))];
}

public sealed record HandbookOptions : StrategyOptions
{
    [Description("Name of the handbook.")]
    public string Handbook { get; init; } = "default";

    [Description("Behaviours at most.")]
    [Range(1, 100)]
    public int K { get; init; } = 8;

    [Description("Tokens that they may add to the prompt.")]
    [Range(1, 32768)]
    public int PromptCap { get; init; } = 1200;

    [Description("bm25 (shared words), topic (the named topic, or topics that the question mentions), embedding (meaning), or random (the control).")]
    public HandbookRetrieval Retrieval { get; init; }

    [Description("The question's topic, for retrieval by topic.")]
    public string? Topic { get; init; }

    [Description("Share of the questions that get the behaviours; the others go without, so that the lift can be measured.")]
    [Range(0.0, 1.0)]
    public double Inclusion { get; init; } = 1;

    [Description("Give the behaviours by name and ask the model to name those it uses.")]
    public bool Cite { get; init; }
}
