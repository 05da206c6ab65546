using System.Text.Json;
using System.Text.RegularExpressions;
using InferenceServer.Modeling.Text;
using InferenceServer.Strategies.Answers;
using InferenceServer.Strategies.State;

namespace InferenceServer.Strategies.Handbooks;

/// <summary>
/// Builds a handbook from problems as in arXiv:2509.13237, in three calls for each: solve it, reflect on the solution, extract behaviours; then validate and merge.
/// A problem whose solution is wrong contributes nothing. What goes into prompts of others must come from curated problems, never from users' text.
/// </summary>
/// <param name="pipeline">Runs the calls.</param>
/// <param name="strategist">The model that solves and reflects.</param>
/// <param name="solve">The plan for solving; plain sampling if empty.</param>
/// <param name="maxTokens">Of each call.</param>
/// <param name="tenant">Whose handbooks and calibrations the plan for solving finds.</param>
public sealed partial class HandbookBuilder(StrategyPipeline pipeline, ILanguageModel strategist, IReadOnlyList<StrategyOptions>? solve = null, int maxTokens = 1024, string tenant = StateKey.DefaultTenant)
{
    private const double DuplicateOverlap = 0.8;

    private readonly List<Behaviour> _behaviours = [];

    /// <summary>The behaviours so far.</summary>
    public IReadOnlyList<Behaviour> Behaviours => _behaviours;

    /// <summary>Tokens that the calls have cost.</summary>
    public long Tokens { get; private set; }

    /// <summary>Goes on from behaviours that are there already.</summary>
    public HandbookBuilder StartingFrom(IEnumerable<Behaviour> behaviours)
    {
        _behaviours.AddRange(behaviours);
        return this;
    }

    /// <summary>Learns from one problem.</summary>
    /// <param name="question">The problem.</param>
    /// <param name="reference">Its answer.</param>
    /// <param name="topics">What it is about.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<HandbookLesson> LearnAsync(string question, string reference, IReadOnlyList<string> topics, CancellationToken cancellationToken)
    {
        string trace = await AskAsync(new Conversation([new ChatMessage("user", question)]), solve ?? [], cancellationToken);
        if (!AnswerEquality.Matches(AnswerExtractor.Extract(trace), reference))
            return new(question, IsSolved: false, [], [], []);
        var solved = new Conversation([new ChatMessage("user", question)]);
        string reflection = await AskAsync(solved.Reply(trace, ReflectionRequest()), [], cancellationToken);
        string extraction = await AskAsync(solved.Reply(trace, $"{reflection}\n{ExtractionRequest}"), [], cancellationToken);
        return Take(question, reference, topics, extraction);
    }

    /// <summary>Validates what an extraction call wrote, and merges it into the handbook.</summary>
    public HandbookLesson Take(string question, string reference, IReadOnlyList<string> topics, string extraction)
    {
        List<string> added = [], merged = [], refused = [];
        if (Object().Match(extraction) is not { Success: true } json || Read(json.Value) is not { } entries)
            return new(question, IsSolved: true, [], [], ["the extraction is not a JSON object of texts"]);
        foreach (var (name, instruction) in entries)
        {
            var behaviour = new Behaviour { Name = name, Instruction = instruction.Trim(), Topics = topics, Provenance = Shorten(question) };
            if (BehaviourRules.Check(behaviour) is var (field, problem))
                refused.Add($"'{name}': {field} {problem}");
            else if (Leak(instruction, question, reference) is { } leak)
                refused.Add($"'{name}' {leak}");
            else if (Duplicate(name, instruction) is int at)
            {
                _behaviours[at] = _behaviours[at] with { Topics = [.. _behaviours[at].Topics.Union(topics)] };
                merged.Add(_behaviours[at].Name);
            }
            else
            {
                _behaviours.Add(behaviour);
                added.Add(name);
            }
        }
        return new(question, IsSolved: true, added, merged, refused);
    }

    /// <summary>A behaviour must hold neither the answer nor the numbers of the problem that it was learned from.</summary>
    private static string? Leak(string instruction, string question, string reference)
    {
        HashSet<string> numbers = [.. Number().Matches(instruction).Select(match => match.Value)];
        if (numbers.Overlaps(Number().Matches(question).Select(match => match.Value)))
            return "holds a number of its problem";
        string answer = reference.Trim();
        bool holdsAnswer = answer.Length > 0 && Regex.IsMatch(instruction, $@"(?<![\p{{L}}\p{{N}}]){Regex.Escape(answer)}(?![\p{{L}}\p{{N}}])", RegexOptions.IgnoreCase);
        return holdsAnswer ? "holds the answer of its problem" : null;
    }

    /// <summary>One line, as provenance must be.</summary>
    private static string Shorten(string question)
    {
        string line = new([.. question.Select(c => char.IsControl(c) ? ' ' : c)]);
        return line.Length > BehaviourRules.MaxProvenance ? line[..BehaviourRules.MaxProvenance] : line;
    }

    private int? Duplicate(string name, string instruction)
    {
        HashSet<string> words = Words(instruction);
        int at = _behaviours.FindIndex(other => other.Name == name || Overlap(words, Words(other.Instruction)) >= DuplicateOverlap);
        return at >= 0 ? at : null;
    }

    /// <summary>Jaccard: shared words over all words.</summary>
    private static double Overlap(HashSet<string> a, HashSet<string> b)
    {
        int shared = a.Count(b.Contains);
        return shared / (double)Math.Max(1, a.Count + b.Count - shared);
    }

    private string ReflectionRequest() =>
        "Reflect on this solution. A behaviour is a short note or skill that helps to solve problems of this kind; it is not a solution. Is the logic sound? Is the answer right? "
        + (_behaviours.Count == 0 ? "" : $"Which of these known behaviours would have made it shorter: {string.Join(", ", _behaviours.Select(b => b.Name))}? ")
        + "Which new behaviours are worth keeping?";

    private const string ExtractionRequest =
        "Write the new behaviours as one JSON object: each key is behavior_ and a few words in snake_case, each value one sentence that says when to use it and what to do. "
        + "Use no number and no name from the problem.";

    private async Task<string> AskAsync(Conversation conversation, IReadOnlyList<StrategyOptions> plan, CancellationToken cancellationToken)
    {
        int[] prompt = conversation.Encode(strategist);
        GenerationRun run = pipeline.Start(strategist, new GenerationRequest { Prompt = prompt, Messages = conversation.Messages, MaxTokens = maxTokens, Strategies = plan, Tenant = tenant });
        Answer? last = null;
        await foreach (Answer answer in run.RunAsync(cancellationToken))
            last = answer;
        Tokens += run.Ledger.Total;
        return last?.Text ?? "";
    }

    private static Dictionary<string, string>? Read(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, string>>(json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static HashSet<string> Words(string text) => [.. Word().Matches(text.ToLowerInvariant()).Select(match => match.Value)];

    [GeneratedRegex(@"\{.*\}", RegexOptions.Singleline)]
    private static partial Regex Object();

    [GeneratedRegex(@"\d+(?:\.\d+)?")]
    private static partial Regex Number();

    [GeneratedRegex(@"[\p{L}\p{N}]+")]
    private static partial Regex Word();
}

/// <summary>What one problem contributed.</summary>
/// <param name="Question">The problem.</param>
/// <param name="IsSolved">Whether its solution was right; if not, nothing was learned.</param>
/// <param name="Added">Names of new behaviours.</param>
/// <param name="Merged">Names of behaviours that said the same already.</param>
/// <param name="Refused">Why others were not taken.</param>
public sealed record HandbookLesson(string Question, bool IsSolved, IReadOnlyList<string> Added, IReadOnlyList<string> Merged, IReadOnlyList<string> Refused);
