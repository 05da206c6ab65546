namespace InferenceServer.Trainer.Tasks;

/// <summary>
/// A problem while a family tells it: sentences in the order of the story, and for each sentence the quantities that it lets one compute. The order of the
/// sentences and, from it, the order of the solution's steps are settled at the end.
/// </summary>
public sealed class ProblemDraft(ProblemRandom random, int tier, Split split)
{
    /// <summary>No value of a problem exceeds it.</summary>
    public const int Largest = 999;

    private readonly List<Sentence> _story = [];
    private readonly List<Sentence> _distractors = [];
    private Sentence? _current;
    private Sentence? _question;
    private Quantity? _answer;
    private readonly HashSet<string> _roles = [];
    private readonly HashSet<Noun> _wider = [];
    private int _named, _objects, _jobs, _containers;

    public ProblemRandom Random => random;

    /// <summary>1 to 5.</summary>
    public int Tier => tier;

    /// <summary>How many steps the family should aim at.</summary>
    public int Steps { get; } = random.Between(Difficulty.Of(tier).FewestSteps, Difficulty.Of(tier).MostSteps);

    /// <summary>No value may exceed it; a family raises it where larger numbers belong.</summary>
    public int Limit { get; set; } = 200;

    /// <summary>A number did not work out; the draft has to be thrown away.</summary>
    public bool Failed { get; private set; }

    /// <summary>See <see cref="WordProblem.Hint"/>.</summary>
    public string? Hint { get; set; }

    public IReadOnlyList<Sentence> Story => _story;

    public Sentence Question => _question ?? throw new InvalidOperationException("The family asked nothing.");

    public Quantity Answer => _answer ?? throw new InvalidOperationException("The family asked nothing.");

    private string[] Names { get; } = random.PickSome(Words.Names, 16);

    private string[] Jobs { get; } = random.PickSome(Words.Jobs, 6);

    private Noun[] Containers { get; } = random.PickSome(Words.Containers, 8);

    private Noun[] Objects { get; } = random.PickSome(Words.Objects, 16);

    /// <summary>A name that the problem has not used.</summary>
    public string NewName() => split == Split.Training && random.Chance(0.1) && random.Pick(Words.Roles) is var role && _roles.Add(role) ? "the " + role : Names[_named++];

    /// <summary>A kind of thing that the problem has not used.</summary>
    public Noun NewObject() => split == Split.Training && random.Chance(0.3) && random.Pick(Words.WiderObjects) is var wider && _wider.Add(wider) ? wider : Objects[_objects++];

    /// <summary>Paid work that the problem has not used.</summary>
    public string NewJob() => Jobs[_jobs++];

    /// <summary>A container that the problem has not used.</summary>
    public Noun NewContainer() => Containers[_containers++];

    /// <summary>Gives the draft up.</summary>
    public void Fail() => Failed = true;

    /// <summary>A number to be told. An empty range gives its lower end.</summary>
    public Quantity Number(int low, int high) => Quantity.Given(random.Between(low, Math.Max(low, high)));

    /// <summary>A number that everyone knows, or that a word such as "twice" says.</summary>
    public static Quantity Known(int value) => Quantity.Given(value);

    /// <summary>What happens next.</summary>
    /// <param name="unknown">See <see cref="Sentence.Unknown"/>.</param>
    public void Tell(Phrasings kind, string? unknown, params (string Slot, object Value)[] slots) => _story.Add(_current = New(kind, slots, false, unknown));

    /// <summary>Something that holds throughout.</summary>
    /// <inheritdoc cref="Tell"/>
    public void State(Phrasings kind, string? unknown, params (string Slot, object Value)[] slots) => _story.Add(_current = New(kind, slots, true, unknown));

    /// <summary>Something that does not matter.</summary>
    public void Distract(Phrasings kind, params (string Slot, object Value)[] slots)
    {
        var sentence = New(kind, slots, true, null);
        // Some say no number, so that "several" does not tell an unanswerable question from another.
        _distractors.Add(random.Chance(0.15) ? sentence.With(sentence.Template, ("n", VagueNumber(random, sentence.Template))) : sentence);
    }

    /// <summary>What stands for a number that is not told.</summary>
    public static string VagueNumber(ProblemRandom random, Template template) =>
        template.Text.Contains("{n} more", StringComparison.Ordinal) && random.Chance(0.4) || template.Text.Contains("{n} {object}", StringComparison.Ordinal) && !template.Text.Contains("less", StringComparison.Ordinal) && random.Chance(0.4) ? "some" : "several";

    /// <summary>How many distractors are still to come.</summary>
    public int DistractorsLeft => Math.Max(0, _wantedDistractors - _distractors.Count);

    private readonly int _wantedDistractors = random.Between(Difficulty.Of(tier).FewestDistractors, Difficulty.Of(tier).MostDistractors);

    /// <summary>The question. What it still takes to compute comes after this call, and ends with <see cref="Is"/>.</summary>
    public void Ask(Phrasings kind, string? unknown, params (string Slot, object Value)[] slots) => _question = _current = New(kind, slots, false, unknown);

    /// <summary>The answer to the question.</summary>
    public void Is(Quantity answer) => _answer = answer;

    public Quantity Add(string label, Quantity a, Quantity b) => Compute(label, a, '+', b);

    public Quantity Subtract(string label, Quantity a, Quantity b) => Compute(label, a, '-', b);

    public Quantity Multiply(string label, Quantity a, Quantity b) => Compute(label, a, '*', b);

    public Quantity Divide(string label, Quantity a, Quantity b) => Compute(label, a, '/', b);

    /// <summary>Settles the order of the sentences; false when the draft does not make a problem of its tier.</summary>
    public bool TryArrange()
    {
        var difficulty = Difficulty.Of(tier);
        if (Failed)
            return false;
        var needed = Answer.Needed();
        int steps = needed.Count(q => q.IsComputed);
        if (steps < difficulty.FewestSteps || steps > difficulty.MostSteps)
            return false;
        if (difficulty.OutOfOrder && !Scatter(needed))
            return false;
        foreach (var distractor in _distractors)
            _story.Insert(random.Between(_story.Count > 1 ? 1 : 0, _story.Count), distractor);
        // A computed value that is also a number everyone knows would leave open which of the two a step means.
        if (needed.Any(known => !known.IsComputed && Tells(known) < 0 && needed.Any(q => q.IsComputed && q.Value == known.Value)))
            return false;
        return !Numbers().Contains(Answer.Value) && (split != Split.HeldOutTemplates || _story.Append(Question).Any(s => s.Template.HeldOut));
    }

    /// <summary>The problem with its worked solution.</summary>
    public WordProblem Finish(string family) => new(family, tier, Text(_story, Question), Derivation.Of(Answer).Steps, Answer.Value) { Templates = Ids(_story, Question), Hint = Hint };

    /// <summary>The problem with other sentences, which leave the answer open.</summary>
    /// <param name="until">How far one gets; null when the question itself cannot be about the story.</param>
    internal WordProblem FinishUnanswerable(string family, IReadOnlyList<Sentence> story, Sentence question, string missing, Derivation? until) =>
        new(family, tier, Text(story, question), until?.Steps ?? [], null) { Templates = Ids(story, question), Missing = missing, MissedFor = until?.Missed };

    /// <summary>Another phrasing of a sentence's kind.</summary>
    public Template Rephrase(Sentence sentence) => sentence.Kind.Pick(random, split);

    /// <summary>The numbers that stand in the text.</summary>
    public IEnumerable<int> Numbers() => _story.Append(Question).SelectMany(s => s.Slots).Select(s => s.Value).OfType<Quantity>().Select(q => q.Value);

    private Sentence New(Phrasings kind, (string Slot, object Value)[] slots, bool fact, string? unknown) => new(kind, kind.Pick(random, split), slots) { IsFact = fact, Unknown = unknown };

    private Quantity Compute(string label, Quantity a, char op, Quantity b)
    {
        int? value = Worksheet.Compute(a.Value, op, b.Value);
        if (value is null or < 1 || value > Math.Min(Limit, Largest) || !Worksheet.CanWrite(a.Value, op, b.Value))
            Failed = true;
        return Quantity.Computed(Failed ? 1 : value!.Value, label, a, op, b, _current!);
    }

    /// <summary>Moves facts about until some step needs what only a later sentence says.</summary>
    private bool Scatter(IReadOnlyList<Quantity> needed)
    {
        for (int attempt = 0; attempt < 6; attempt++)
        {
            foreach (var fact in _story.Where(s => s.IsFact).ToList())
            {
                _story.Remove(fact);
                _story.Insert(random.Between(0, _story.Count), fact);
            }
            if (needed.Any(q => q.IsComputed && (Tells(q.Left!) > Position(q) || Tells(q.Right!) > Position(q))))
                return true;
        }
        return false;
    }

    /// <summary>Where a quantity becomes known; -1 for what everyone knows.</summary>
    private int Tells(Quantity quantity) => quantity.IsComputed ? Position(quantity) : _story.Append(Question).ToList().FindIndex(s => s.Slots.Any(slot => ReferenceEquals(slot.Value, quantity)));

    private int Position(Quantity quantity) => _story.IndexOf(quantity.Sentence!) is >= 0 and var index ? index : _story.Count;

    private string Text(IReadOnlyList<Sentence> story, Sentence question) =>
        split == Split.Training && random.Chance(0.5) ? Retelling.Tell(story, question, random) : string.Join(' ', story.Append(question).Select(s => s.Text));

    private static string[] Ids(IReadOnlyList<Sentence> story, Sentence question) => [.. story.Append(question).Select(s => s.Template.Id)];
}
