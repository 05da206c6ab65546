using System.Globalization;

namespace InferenceServer.Trainer.Tasks;

/// <summary>A number of a problem: told in a sentence, known to everyone (minutes of an hour), or computed from two others.</summary>
public sealed class Quantity
{
    private Quantity(int value, string? label, char op, Quantity? left, Quantity? right, Sentence? sentence) =>
        (Value, Label, Operator, Left, Right, Sentence) = (value, label, op, left, right, sentence);

    public int Value { get; }

    /// <summary>Null unless computed.</summary>
    public string? Label { get; }

    public char Operator { get; }

    public Quantity? Left { get; }

    public Quantity? Right { get; }

    /// <summary>The sentence that asks for this computation; null unless computed.</summary>
    public Sentence? Sentence { get; }

    public bool IsComputed => Label is not null;

    public static Quantity Given(int value) => new(value, null, ' ', null, null, null);

    public static Quantity Computed(int value, string label, Quantity left, char op, Quantity right, Sentence sentence) => new(value, label, op, left, right, sentence);

    /// <summary>This quantity and all that it is computed from, each once, inputs first.</summary>
    public IReadOnlyList<Quantity> Needed()
    {
        List<Quantity> needed = [];
        Visit(this);
        return needed;

        void Visit(Quantity quantity)
        {
            if (needed.Contains(quantity))
                return;
            if (quantity.IsComputed)
            {
                Visit(quantity.Left!);
                Visit(quantity.Right!);
            }
            needed.Add(quantity);
        }
    }

    /// <summary>What this would be if <paramref name="changed"/> were larger by one.</summary>
    public double ValueIfLarger(Quantity changed)
    {
        if (!IsComputed)
            return this == changed ? Value + 1 : Value;
        double left = Left!.ValueIfLarger(changed), right = Right!.ValueIfLarger(changed);
        return Operator switch { '+' => left + right, '-' => left - right, '*' => left * right, _ => left / right };
    }

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A sentence of a problem: a template, what fills it, and its part in the story.</summary>
public sealed class Sentence(Phrasings kind, Template template, (string Slot, object Value)[] slots)
{
    public Phrasings Kind => kind;

    public Template Template => template;

    public IReadOnlyList<(string Slot, object Value)> Slots => slots;

    /// <summary>It states something that holds throughout, and may stand anywhere; the others stand in the order of what happens.</summary>
    public bool IsFact { get; init; }

    /// <summary>What a reader would not know without the sentence's number <c>{n}</c>, with slots; null when nothing sensible can be said.</summary>
    public string? Unknown { get; init; }

    public string Text => template.Fill(slots);

    /// <summary>The same sentence with other slot values, perhaps in other words.</summary>
    public Sentence With(Template other, params (string Slot, object Value)[] changes) =>
        new(kind, other, [.. slots.Select(old => changes.FirstOrDefault(c => c.Slot == old.Slot) is { Slot: not null } change ? change : old)]) { IsFact = IsFact, Unknown = Unknown };
}
