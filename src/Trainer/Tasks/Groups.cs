namespace InferenceServer.Trainer.Tasks;

/// <summary>Containers in containers: how many there are inside of all. Kept out of training as a whole.</summary>
public static class Groups
{
    private static readonly Phrasings Outer = new("groups.outer", ["{name} has {k} {outers}.", "{name} buys {k} {outers}.", "There are {k} {outers} in {name}'s room."]);
    private static readonly Phrasings Inner = new("groups.inner", ["In each {outer} there are {n} {inners}.", "Each {outer} has {n} {inners} in it.", "One {outer} holds {n} {inners}."]);
    private static readonly Phrasings Inside = new("groups.inside", ["There are {n} {object} in each {inner}.", "Each {inner} has {n} {object} in it.", "One {inner} holds {n} {object}."]);
    private static readonly Phrasings MoreInner = new("groups.more-inner", ["{name} also has {n} other {inners}.", "Then {name} finds {n} more {inners}.", "A friend gives {name} {n} more {inners}."]);
    private static readonly Phrasings LessInner = new("groups.less-inner", ["{name} gives away {n} of the {inners}.", "Then {name} loses {n} of the {inners}.", "A friend takes {n} of {name}'s {inners}."]);
    private static readonly Phrasings More = new("groups.more", ["{name} also has {n} {object} on the table.", "Then {name} finds {n} more {object}.", "Later {name} gets {n} more {object} as a gift."]);
    private static readonly Phrasings Less = new("groups.less", ["Then {name} sells {n} of the {object}.", "{name} gives away {n} {object}.", "Later {name} loses {n} {object}."]);
    private static readonly Phrasings Other = new("groups.other", ["{other} has {k} {inners} as well.", "{other} also has {k} {inners}."]);
    private static readonly Phrasings Ask = new("groups.ask", ["How many {object} does {name} have in all?", "How many {object} does {name} have now?", "Find the number of {object} that {name} has in the end."]);
    private static readonly Phrasings AskBoth = new("groups.ask-both", ["How many {object} do {name} and {other} have together?", "How many {object} do {name} and {other} have in total?"]);

    public static readonly ProblemFamily Family = new("groups", Draw, [Outer, Inner, Inside, MoreInner, LessInner, More, Less, Other, Ask, AskBoth]);

    private static void Draw(ProblemDraft draft)
    {
        var random = draft.Random;
        draft.Limit = 400;
        var (outer, inner, thing) = (draft.NewContainer(), draft.NewContainer(), draft.NewObject());
        string name = draft.NewName(), other = draft.NewName();
        (string, object)[] slots = [("name", name), ("other", other), ("outer", outer.One), ("outers", outer.Many), ("inner", inner.One), ("inners", inner.Many), ("object", thing.Many)];
        bool both = draft.Steps >= 5 && random.Chance(0.6);
        int extra = draft.Steps - 2 - (both ? 2 : 0);
        Quantity count = draft.Number(2, 8), inners = draft.Number(2, 6), size = draft.Number(3, 12);
        if (draft.Steps == 1)
        {
            draft.State(Outer, null, [("k", count), .. slots]);
            draft.State(Inside, "how many {object} are in each {inner}", [("n", size), .. Single(slots, outer)]);
            AskOne(draft, draft.Multiply(thing.Many, count, size), slots);
            return;
        }
        draft.State(Outer, null, [("k", count), .. slots]);
        var boxes = draft.Multiply(inner.Many, count, inners);
        draft.State(Inner, "how many {inners} are in each {outer}", [("n", inners), .. slots]);
        for (; extra > 1 || (extra == 1 && random.Chance(0.5)); extra--)
        {
            bool gain = random.Chance(0.5);
            var change = draft.Number(2, Math.Min(12, boxes.Value - 2));
            draft.Tell(gain ? MoreInner : LessInner, "how many {inners} {name} has", [("n", change), .. slots]);
            boxes = gain ? draft.Add(inner.Many, boxes, change) : draft.Subtract(inner.Many, boxes, change);
            if (draft.Failed)
                return;
        }
        draft.State(Inside, "how many {object} are in each {inner}", [("n", size), .. slots]);
        var have = draft.Multiply(thing.Many, boxes, size);
        if (extra == 1)
        {
            bool gain = random.Chance(0.5);
            var change = draft.Number(2, Math.Min(40, have.Value - 2));
            draft.Tell(gain ? More : Less, "how many {object} {name} has", [("n", change), .. slots]);
            have = gain ? draft.Add(name, have, change) : draft.Subtract(name, have, change);
        }
        if (!both)
        {
            AskOne(draft, have, slots);
            return;
        }
        var others = draft.Number(2, 9);
        draft.State(Other, null, [("k", others), .. slots]);
        var theirs = draft.Multiply(other, others, size);
        Distractors.Add(draft, draft.NewName(), thing);
        draft.Ask(AskBoth, "how many {object} {name} has", slots);
        draft.Is(draft.Add("total", have, theirs));
        draft.Hint = Move;
    }

    private const string Move = "find how many small containers there are before counting what is inside";

    private static void AskOne(ProblemDraft draft, Quantity have, (string, object)[] slots)
    {
        Distractors.Add(draft, (string)slots[0].Item2, draft.NewObject());
        draft.Ask(Ask, "how many {object} {name} has", slots);
        draft.Is(have);
        draft.Hint = Move;
    }

    /// <summary>The slots when the containers hold things directly.</summary>
    private static (string, object)[] Single((string, object)[] slots, Noun outer) => [.. slots.Select(s => s.Item1 switch { "inner" => ("inner", outer.One), "inners" => ("inners", outer.Many), _ => s })];
}
