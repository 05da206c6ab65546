using System.Text;

namespace InferenceServer.Trainer.Tasks;

/// <summary>One way to say something, with slots in braces: <c>{name} finds {n} more {object}.</c></summary>
public sealed class Template(string id, string text, bool heldOut)
{
    private readonly string[] _pieces = text.Split('{', '}');

    /// <summary>Such as <c>state.gain.3</c>.</summary>
    public string Id => id;

    public string Text => text;

    /// <summary>Only ever measured on.</summary>
    public bool HeldOut => heldOut;

    /// <summary>The text with its slots filled, beginning with a capital letter.</summary>
    /// <exception cref="KeyNotFoundException">The sentence has no value for a slot: the family's data is wrong.</exception>
    public string Fill(IReadOnlyList<(string Slot, object Value)> slots)
    {
        string filled = Fill(_pieces, slots);
        return char.IsLower(filled[0]) ? char.ToUpperInvariant(filled[0]) + filled[1..] : filled;
    }

    /// <summary>Fills the slots of any text.</summary>
    /// <inheritdoc cref="Fill(IReadOnlyList{ValueTuple{string, object}})"/>
    public static string Fill(string text, IReadOnlyList<(string Slot, object Value)> slots) => Fill(text.Split('{', '}'), slots);

    private static string Fill(string[] pieces, IReadOnlyList<(string Slot, object Value)> slots)
    {
        var filled = new StringBuilder(pieces[0]);
        for (int i = 1; i < pieces.Length; i += 2)
        {
            string value = Value(pieces[i], slots).ToString()!;
            if ((value[0] is 'a' or 'e' or 'i' or 'o' or 'u') && (pieces[i - 1] is "A " || pieces[i - 1].EndsWith(" a ", StringComparison.Ordinal)))
                filled.Insert(filled.Length - 1, 'n');
            filled.Append(value).Append(pieces[i + 1]);
        }
        return filled.ToString();
    }

    private static object Value(string slot, IReadOnlyList<(string Slot, object Value)> slots)
    {
        foreach (var (name, value) in slots)
            if (name == slot)
                return value;
        throw new KeyNotFoundException($"No value for the slot '{slot}'.");
    }
}

/// <summary>The ways to say one kind of thing: <paramref name="known"/> is trained on, <paramref name="heldOut"/> only measured on.</summary>
public sealed class Phrasings(string kind, string[] known, params string[] heldOut)
{
    private readonly Template[] _known = [.. known.Select((text, i) => new Template($"{kind}.{i + 1}", text, heldOut: false))];
    private readonly Template[] _heldOut = [.. heldOut.Select((text, i) => new Template($"{kind}.{known.Length + i + 1}", text, heldOut: true))];
    private Template[] _wider = [];

    /// <summary>More that are trained on. The held-out sets do without them, so that their questions stay what they were when training widens.</summary>
    public string[] Wider { init => _wider = [.. value.Select((text, i) => new Template($"{kind}.w{i + 1}", text, heldOut: false))]; }

    public IEnumerable<Template> All => _known.Concat(_heldOut).Concat(_wider);

    /// <summary>A phrasing that the split may use; of the one that measures new sentences, half are those that training does not see.</summary>
    public Template Pick(ProblemRandom random, Split split) => split switch
    {
        Split.HeldOutTemplates => random.Pick(_heldOut.Length > 0 && random.Chance(0.5) ? _heldOut : _known),
        Split.HeldOutFamilies => random.Pick(_known),
        _ => random.Between(0, _known.Length + _wider.Length - 1) is var i && i < _known.Length ? _known[i] : _wider[i - _known.Length],
    };
}
