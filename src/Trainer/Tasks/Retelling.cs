using System.Text.RegularExpressions;

namespace InferenceServer.Trainer.Tasks;

/// <summary>
/// A problem's sentences as a person would string them together: a pronoun for the one just named, two sentences joined by "and", a thing not named again, a word
/// about time or place, small numbers spelled out. The meaning stays. For training only: a model that has read one stiff sentence after the other takes every other text for
/// a riddle.
/// </summary>
public sealed partial class Retelling
{
    private static readonly string[] Persons = ["name", "other", "third", "friend"];

    private static readonly string[] OtherThings = ["thing", "item", "single", "goods", "good"];

    private static readonly string[] Openers = ["After lunch", "At school", "On the way home", "That day", "Today", "In the afternoon", "During the break", "A bit later", "With some luck", "As always", "Once again"];

    private static readonly string[] Closers = ["at the market", "in town", "that day", "today", "in the kitchen", "at the fair", "this time", "on the farm", "after school", "at work", "for fun", "without help"];

    private readonly ProblemRandom _random;
    private readonly bool _pronouns, _joins, _elisions, _settings, _spelled, _man;
    private readonly List<string> _told = [];
    private string? _subject, _object;
    private bool _alone, _joined;

    // A sentence that begins with a person, perhaps after a word about time.
    [GeneratedRegex(@"^(?<when>Then |Later |At first |In the morning |On Monday |On Tuesday |Before shopping |For a party )?\{(?<who>name|other|friend)\} ")]
    private static partial Regex Subject();

    // What a person who does something follows in a question.
    [GeneratedRegex("(does|has|that|when) $")]
    private static partial Regex SubjectNext();

    private Retelling(ProblemRandom random)
    {
        _random = random;
        _pronouns = random.Chance(0.7);
        _joins = random.Chance(0.5);
        _elisions = random.Chance(0.5);
        _settings = random.Chance(0.4);
        _spelled = random.Chance(0.2);
        _man = random.Chance(0.5);
    }

    /// <summary>The text of a story and its question.</summary>
    public static string Tell(IReadOnlyList<Sentence> story, Sentence question, ProblemRandom random)
    {
        var retelling = new Retelling(random);
        foreach (var sentence in story)
            retelling.Tell(sentence);
        retelling._told.Add(retelling.Ask(question));
        return Introduce(string.Join(' ', retelling._told), random);
    }

    private void Tell(Sentence sentence)
    {
        string text = sentence.Template.Text;
        var slots = Slots(sentence);
        var start = Subject().Match(text);
        string? subject = start.Success ? (string)Value(slots, start.Groups["who"].Value)! : null;
        string? thing = Mentioned(text, "object") ? Value(slots, "object") as string : null;
        if (thing is not null && thing == _object && _elisions)
            text = Elide(text);
        bool same = subject is not null && subject == _subject && _alone;
        string when = start.Groups["when"].Value, rest = text[start.Length..];
        if (same && _joins && !_joined && (when is "" or "Then ") && _random.Chance(0.6))
        {
            _told[^1] = _told[^1].TrimEnd('.') + (when.Length > 0 ? ", then " : " and ") + Template.Fill(rest, slots);
            _joined = true;
        }
        else
        {
            string told = Template.Fill(same && _pronouns && _random.Chance(0.8) ? $"{when}{Pronoun(subject!)} {rest}" : text, slots);
            _told.Add(Capital(start.Success && when.Length == 0 && _settings && _random.Chance(0.4) ? Place(told) : told));
            _joined = false;
        }
        _alone = subject is not null && Persons.Select(slot => Mentioned(sentence.Template.Text, slot) ? Value(slots, slot) as string : null).All(person => person is null || person == subject);
        _subject = subject;
        // After a sentence about another thing, a bare number would be of that.
        _object = thing ?? (OtherThings.Any(slot => Mentioned(sentence.Template.Text, slot)) ? null : _object);
    }

    private string Ask(Sentence question)
    {
        string text = question.Template.Text;
        var slots = Slots(question);
        if (_elisions && Value(slots, "object") is string thing && thing == _object && text.StartsWith("How many {object} ", StringComparison.Ordinal) && _random.Chance(0.4))
            text = text.Replace("How many {object} ", "How many ", StringComparison.Ordinal);
        foreach (string slot in Persons)
        {
            if (!_pronouns || !_alone || !Mentioned(text, slot) || Value(slots, slot) is not string person || person != _subject || _random.Chance(0.3))
                continue;
            int at = text.IndexOf($"{{{slot}}}", StringComparison.Ordinal);
            string before = text[..at], after = text[(at + slot.Length + 2)..];
            if (after.StartsWith("'s", StringComparison.Ordinal))
                text = $"{before}{(IsMan(person) ? "his" : "her")}{after[2..]}";
            else if (SubjectNext().IsMatch(before))
                text = before + Pronoun(person) + after;
        }
        return Capital(Template.Fill(text, slots));
    }

    // "and 7 more", "9 of them": the thing was named in the sentence before.
    private static string Elide(string text) => (Mentioned(text, "k") ? text : text.Replace("{n} {object}", "{n}", StringComparison.Ordinal))
        .Replace("{n} more {object} than", "{n} more than", StringComparison.Ordinal)
        .Replace("{n} fewer {object} than", "{n} fewer than", StringComparison.Ordinal)
        .Replace("{n} more {object}", "{n} more", StringComparison.Ordinal)
        .Replace("{n} of the {object}", "{n} of them", StringComparison.Ordinal)
        .Replace("half of the {object}", "half of them", StringComparison.Ordinal)
        .Replace("as many {object} as", "as many as", StringComparison.Ordinal)
        .Replace("shares the {object}", "shares them", StringComparison.Ordinal)
        .Replace("divides the {object}", "divides them", StringComparison.Ordinal);

    private string Place(string told) =>
        _random.Chance(0.5) ? $"{_random.Pick(Openers)}, {told}" : $"{told.TrimEnd('.')} {_random.Pick(Closers)}.";

    private IReadOnlyList<(string Slot, object Value)> Slots(Sentence sentence) => !_spelled
        ? sentence.Slots
        : [.. sentence.Slots.Select(s => s.Value is Quantity number && Numerals.Word(number.Value) is { } word ? (s.Slot, word) : s)];

    private string Pronoun(string person) => IsMan(person) ? "he" : "she";

    private bool IsMan(string person) => !Words.Women.Contains(person) && (!Words.IsRole(person) || _man || Words.Men.Contains(person));

    // "The farmer" is often "a farmer" when one first hears of them.
    private static string Introduce(string text, ProblemRandom random)
    {
        foreach (string role in Words.Roles)
        {
            int at = text.IndexOf($"The {role} ", StringComparison.Ordinal), before = text.IndexOf($"the {role}", StringComparison.OrdinalIgnoreCase);
            if (at >= 0 && at == before && random.Chance(0.7))
                text = $"{text[..at]}A{("aeiou".Contains(role[0], StringComparison.Ordinal) ? "n" : "")}{text[(at + 3)..]}";
        }
        return text;
    }

    private static bool Mentioned(string text, string slot) => text.Contains($"{{{slot}}}", StringComparison.Ordinal);

    private static object? Value(IReadOnlyList<(string Slot, object Value)> slots, string slot) => slots.FirstOrDefault(s => s.Slot == slot).Value;

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
