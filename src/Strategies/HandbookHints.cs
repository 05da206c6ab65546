using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using InferenceServer.Plugins;
using InferenceServer.Strategies.Handbooks;
using InferenceServer.Strategies.State;
using InferenceServer.Strategies.Verifying;

namespace InferenceServer.Strategies;

/// <summary>
/// "Metacognitive Reuse: Turning Recurring LLM Reasoning Into Concise Behaviors", arXiv:2509.13237: put the behaviours that fit a question before it, so that
/// the model need not derive them again.
/// Differences from the paper: far fewer behaviours, found by words rather than by embeddings unless the host has an embedder; their cost in the prompt is
/// counted and capped; each may be left out by a coin, so that its lift is measured rather than believed.
/// </summary>
/// <param name="handbooks">Where handbooks are kept; without one the strategy cannot be used.</param>
/// <param name="embedder">For retrieval by meaning.</param>
[Plugin("handbook", "Puts the behaviours of a handbook that fit the question before it.", Paper = "arXiv:2509.13237")]
public sealed class HandbookHints(IHandbookSource? handbooks = null, IEmbedder? embedder = null) : IStrategy<HandbookOptions>
{
    private const int InclusionDraw = 1, ShuffleDraw = 2;

    public async IAsyncEnumerable<Answer> RunAsync(HandbookOptions options, GenerationContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Handbook? handbook = null;
        string? note = null;
        try
        {
            handbook = await handbooks!.FindAsync(context.Request.Tenant, options.Handbook, cancellationToken) ?? throw context.Refusal("handbook", $"there is no handbook '{options.Handbook}'; PUT /api/handbooks/{options.Handbook} writes one.");
        }
        catch (StateUnavailableException)
        {
            note = "The handbook cannot be read at the moment, so the question was asked without it.";
        }
        IReadOnlyList<Behaviour> found = [];
        if (handbook is not null)
        {
            ValueTask<IReadOnlyList<Behaviour>> FindAsync(HandbookRetrieval by) =>
                BehaviourRetrieval.FindAsync(handbook, context.Question, by, options.Topic, options.K, context.Random(ShuffleDraw), embedder, cancellationToken);
            try
            {
                found = await FindAsync(options.Retrieval);
            }
            catch (EmbeddingException e)
            {
                note = $"{e.Message} The behaviours were found by their words.";
                found = await FindAsync(HandbookRetrieval.Bm25);
            }
        }
        Random coin = context.Random(InclusionDraw);
        HashSet<Behaviour> chosen = [.. found.Where(_ => coin.NextDouble() < options.Inclusion)];
        (List<Behaviour> shown, string lines) = Fit(found.Where(chosen.Contains), options, context.Model);
        // What the cap leaves out was neither shown nor withheld by the coin: it is no trial.
        found = [.. found.Where(behaviour => !chosen.Contains(behaviour) || shown.Contains(behaviour))];
        GenerationContext asked = context;
        if (shown.Count > 0 && context.WithPrompt(context.Conversation.BeforeQuestion(lines)) is { } hinted)
            asked = hinted;
        else if (shown.Count > 0)
            (found, shown, note) = ([], [], "The behaviours do not fit the model's context or chat template, so the question was asked without them.");

        Answer? last = null;
        await foreach (Answer answer in asked.SampleAsync(1, cancellationToken))
            yield return last = note is null ? answer : context.Note(answer, note);
        if (found.Count == 0 || last is null)
            yield break;
        Verdict verdict = await context.VerifyAsync(last, cancellationToken);
        bool? right = verdict.Outcome == VerificationOutcome.Unknown ? null : verdict.IsPass;
        handbooks!.Report(context.Request.Tenant, options.Handbook, [.. found.Select(behaviour => new BehaviourTrial(behaviour, shown.Contains(behaviour), shown.Contains(behaviour) && IsCited(behaviour, last.Text), right))]);
    }

    public PlanProblem? Check(HandbookOptions options, PlanContext plan) =>
        handbooks is null ? new("name", "needs handbooks, and this host keeps none.")
        : options.Retrieval == HandbookRetrieval.Embedding && embedder is null ? new("retrieval", "embedding needs an embedding service, and this host has none (--embeddings-url); use bm25 or topic.")
        : null;

    /// <summary>As many as the cap of tokens allows, the best first, a line for each.</summary>
    private static (List<Behaviour> Shown, string Lines) Fit(IEnumerable<Behaviour> behaviours, HandbookOptions options, ILanguageModel model)
    {
        var shown = new List<Behaviour>();
        var lines = new List<string>();
        int tokens = 0;
        foreach (Behaviour behaviour in behaviours)
        {
            string line = options.Cite ? $"Hint {behaviour.Name}: {behaviour.Instruction}" : $"Hint: {behaviour.Instruction}";
            tokens += model.Tokenizer.Encode(line + "\n", allowSpecial: false).Length;
            if (tokens > options.PromptCap)
                break;
            shown.Add(behaviour);
            lines.Add(line);
        }
        if (options.Cite && lines.Count > 0)
            lines.Add("Name each hint where you use it.");
        return (shown, string.Join('\n', lines));
    }

    private static bool IsCited(Behaviour behaviour, string text) => Regex.IsMatch(text, $@"\b{Regex.Escape(behaviour.Name)}\b", RegexOptions.IgnoreCase);
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

    [Description("bm25 (shared words), topic (the named topic, or topics that the question mentions), embedding (meaning, by the service of --embeddings-url), or random (the control).")]
    public HandbookRetrieval Retrieval { get; init; }

    [Description("The question's topic, for retrieval by topic.")]
    public string? Topic { get; init; }

    [Description("Probability with which each behaviour that was found is shown; below 1 its lift can be measured.")]
    [Range(0.0, 1.0)]
    public double Inclusion { get; init; } = 1;

    [Description("Give the behaviours by name and ask the model to name those it uses.")]
    public bool Cite { get; init; }
}
