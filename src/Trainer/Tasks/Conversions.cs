namespace InferenceServer.Trainer.Tasks;

/// <summary>Amounts told in large units and asked for in small ones: how long people do something, and lengths of rope.</summary>
public static class Conversions
{
    private sealed record Units(string Large, string Small, int Factor, int Most);

    private static readonly Units[] Durations = [new("hours", "minutes", 60, 4), new("weeks", "days", 7, 9), new("days", "hours", 24, 5)];
    private static readonly Units[] Lengths = [new("meters", "centimeters", 100, 5), new("feet", "inches", 12, 9)];

    private static readonly Phrasings Large = new("conversions.large",
        ["{name} {does} for {k} {large}.", "For {k} {large} {name} {does}.", "At first {name} {does} for {k} {large}."],
        "{name} {does} for {k} {large} at first.")
    {
        Wider = ["It is {k} {large} for which {name} {does} first.", "On Monday {name} {does} for {k} {large}."],
    };
    private static readonly Phrasings Both = new("conversions.both",
        ["{name} {does} for {k} {large} and {n} {small}.", "For {k} {large} and {n} {small} {name} {does}."],
        "At first {name} {does} for {k} {large} and {n} {small}.")
    {
        Wider = ["On Monday {name} {does} for {k} {large} and {n} {small}.", "It is {k} {large} and {n} {small} for which {name} {does} first."],
    };
    private static readonly Phrasings Again = new("conversions.again",
        ["Then {name} {does} for {n} {small} more.", "Later {name} {does} for another {n} {small}.", "After a break {name} {does} for {n} {small} again."],
        "After a break {name} {does} for another {n} {small}.", "Later {name} {does} for {n} {small} more.")
    {
        Wider = ["Without a break {name} {does} for {n} extra {small}.", "The next time {name} {does} for {n} {small}.", "On Tuesday {name} {does} for {n} {small}.", "It is {n} {small} more for which {name} {does} after that."],
    };
    private static readonly Phrasings AgainLarge = new("conversions.again-large",
        ["Then {name} {does} for {k} {large} more.", "Later {name} {does} for another {k} {large}."],
        "After a break {name} {does} for another {k} {large}.")
    {
        Wider = ["The next time {name} {does} for {k} {large}.", "On Tuesday {name} {does} for {k} {large}.", "Without a break {name} {does} for {k} extra {large}."],
    };
    private static readonly Phrasings Longer = new("conversions.longer",
        ["In all, {other} {does} {n} {small} longer than {name}.", "Compared with {name}, {other} {does} {n} {small} longer in all."],
        "In total, {other} {does} {n} {small} longer than {name}.")
    {
        Wider = ["{other} {does} longer than {name}, by {n} {small} in all.", "{other}'s time is {n} {small} above {name}'s in total.", "{name} would have to add {n} {small} to reach the time for which {other} {does}."],
    };
    private static readonly Phrasings Shorter = new("conversions.shorter",
        ["In total, {other} {does} {n} {small} less than {name}.", "Compared with {name}, {other} {does} {n} {small} less in total."],
        "In all, {other} {does} {n} {small} less than {name}.")
    {
        Wider = ["{other} {does} less than {name}, by {n} {small} in all.", "{other}'s time is {n} {small} below {name}'s in total.", "{other} would have to add {n} {small} to reach the time for which {name} {does}."],
    };
    private static readonly Phrasings TwiceAsLong = new("conversions.twice",
        ["In all, {other} {does} twice as long as {name}.", "Compared with {name}, {other} {does} twice as long in total."])
    {
        Wider = ["{other}'s time is twice that of {name} in total.", "{other} {does} for double the time of {name} in all."],
    };
    private static readonly Phrasings OtherLarge = new("conversions.other-large",
        ["{other} {does} for {k} {large} in all.", "In all, {other} {does} for {k} {large}."],
        "In total, {other} {does} for {k} {large}.")
    {
        Wider = ["{other}'s time is {k} {large} in total.", "It is {k} {large} for which {other} {does} in all.", "Taken together, {other} {does} for {k} {large}."],
    };
    private static readonly Phrasings AskOne = new("conversions.ask-one",
        ["For how many {small} does {name} {do} in all?", "How many {small} does {name} {do} in total?", "Find for how many {small} {name} {does} in all."],
        "For how many {small} does {name} {do} in total?")
    {
        Wider = ["What is {name}'s time in {small}?", "Taken together, how many {small} does {name} {do}?", "Count the {small} for which {name} {does}.", "How large is {name}'s time, counted in {small}?"],
    };
    private static readonly Phrasings AskTotal = new("conversions.ask-total",
        ["For how many {small} do {name} and {other} {do} in all, taken together?", "How many {small} is that for {name} and {other} together?", "Find the sum of {name}'s {small} and {other}'s {small}."],
        "How many {small} do {name} and {other} {do} in total, taken together?")
    {
        Wider = ["What do {name}'s time and {other}'s time add up to in {small}?", "Count the {small} of {name} and {other} together.", "How many {small} are there if one adds {name}'s and {other}'s time?"],
    };
    private static readonly Phrasings AskDifference = new("conversions.ask-difference",
        ["How many {small} more does {name} {do} than {other}?", "By how many {small} does {name} {do} longer than {other}?"],
        "Find how many {small} more {name} {does} than {other}.")
    {
        Wider = ["How many {small} is {other}'s time below {name}'s?", "By how many {small} is {name}'s time above {other}'s?", "How much longer does {name} {do} than {other}, in {small}?"],
    };

    private static readonly Phrasings Rope = new("conversions.rope",
        ["{name} has a rope of {k} {large}.", "{name} buys {k} {large} of rope.", "The rope of {name} is {k} {large} long."],
        "{name} has {k} {large} of rope.")
    {
        Wider = ["{name} finds a rope that is {k} {large} long.", "{k} {large} of rope lie on {name}'s table.", "{name}'s rope measures {k} {large}."],
    };
    private static readonly Phrasings Cut = new("conversions.cut",
        ["{name} cuts off {n} {small} of the rope.", "Then {name} gives away {n} {small} of rope.", "A friend takes {n} {small} of {name}'s rope."],
        "Then {name} cuts off {n} {small}.")
    {
        Wider = ["A dog runs off with {n} {small} of {name}'s rope.", "{name} makes the rope {n} {small} shorter.", "{n} {small} of the rope break off."],
    };
    private static readonly Phrasings Tie = new("conversions.tie",
        ["{name} ties another {n} {small} to the rope.", "Then {name} makes the rope {n} {small} longer.", "A friend adds {n} {small} to {name}'s rope."],
        "{name} makes the rope {n} {small} longer.")
    {
        Wider = ["{name} sews a piece of {n} {small} onto the rope.", "{n} {small} of new rope are added at the end.", "The rope grows by {n} {small} when {name} adds a piece."],
    };
    private static readonly Phrasings CutAs = new("conversions.cut-as",
        ["{name} cuts off as much rope as {other}'s stick is long.", "Then {name} gives away a part of the rope that is as long as {other}'s stick."],
        "Then {name} cuts off a part of the rope that is as long as {other}'s stick.")
    {
        Wider = ["{name} makes the rope shorter by the length of {other}'s stick.", "A dog runs off with a piece of {name}'s rope as long as {other}'s stick.", "However long {other}'s stick is, that much of the rope is cut off."],
    };
    private static readonly Phrasings TieAs = new("conversions.tie-as",
        ["{name} ties a piece to the rope that is as long as {other}'s stick.", "Then {name} makes the rope longer by the length of {other}'s stick."],
        "Then {name} ties a piece that is as long as {other}'s stick to the rope.")
    {
        Wider = ["{name} adds a piece as long as {other}'s stick to the rope.", "However long {other}'s stick is, that much is added to the rope.", "The rope grows by the length of {other}'s stick when {name} adds a piece."],
    };
    private static readonly Phrasings Stick = new("conversions.stick",
        ["{other}'s stick is {n} {small} long.", "{other} has a stick of {n} {small}."],
        "The stick of {other} is {n} {small} long.")
    {
        Wider = ["{other} holds a stick that measures {n} {small}.", "The length of {other}'s stick is {n} {small}."],
    };
    private static readonly Phrasings StickLarge = new("conversions.stick-large",
        ["{other}'s stick is {k} {large} long.", "{other} has a stick of {k} {large}."],
        "The stick of {other} is {k} {large} long.")
    {
        Wider = ["{other} holds a stick that measures {k} {large}.", "The length of {other}'s stick is {k} {large}."],
    };
    private static readonly Phrasings AskLength = new("conversions.ask-length",
        ["How many {small} long is {name}'s rope now?", "How many {small} of rope does {name} have in the end?", "Find the length of {name}'s rope in {small}."],
        "Find how many {small} of rope {name} has now.")
    {
        Wider = ["What is the length of {name}'s rope now, in {small}?", "How many {small} does {name}'s rope measure after this?", "Count the {small} of rope that are left with {name}."],
    };

    public static readonly ProblemFamily Family = new("conversions", Draw,
        [Large, Both, Again, AgainLarge, Longer, Shorter, TwiceAsLong, OtherLarge, AskOne, AskTotal, AskDifference, Rope, Cut, Tie, CutAs, TieAs, Stick, StickLarge, AskLength]);

    private static void Draw(ProblemDraft draft)
    {
        draft.Limit = 600;
        if (draft.Random.Chance(0.6))
            Activity(draft);
        else
            RopeWork(draft);
    }

    private static void Activity(ProblemDraft draft)
    {
        var random = draft.Random;
        var units = random.Pick(Durations);
        var (does, plain) = random.Pick(Words.Pastimes);
        (string, object)[] slots = [("does", does), ("do", plain), ("large", units.Large), ("small", units.Small)];
        Quantity factor = ProblemDraft.Known(units.Factor);
        string name = draft.NewName();
        draft.Hint = $"turn {units.Large} into {units.Small} before adding";

        // The first person's own time, then others told by it, then what the question adds.
        bool combine = draft.Steps >= 4 || (draft.Steps == 3 && random.Chance(0.5));
        int others = !combine ? 0 : draft.Steps >= 6 ? 2 : 1, own = draft.Steps - others - (combine ? 1 : 0);
        var count = draft.Number(2, units.Most);
        bool both = own >= 2 && random.Chance(0.5);
        var small = draft.Number(2, units.Factor - 1);
        draft.Tell(both ? Both : Large, both ? "how many {small} {name} {does}" : null, [("name", name), ("k", count), ("n", small), .. slots]);
        var time = draft.Multiply(units.Small, count, factor);
        if (both)
            time = draft.Add(name, time, small);
        for (int steps = both ? 2 : 1; steps < own;)
        {
            if (own - steps >= 2 && random.Chance(0.4))
            {
                var again = draft.Number(2, units.Most);
                draft.Tell(AgainLarge, null, [("name", name), ("k", again), .. slots]);
                time = draft.Add(name, time, draft.Multiply(units.Small, again, factor));
                steps += 2;
            }
            else
            {
                var again = draft.Number(2, units.Factor - 1);
                draft.Tell(Again, "how many {small} {name} {does}", [("name", name), ("n", again), .. slots]);
                time = draft.Add(name, time, again);
                steps++;
            }
        }
        if (!combine)
        {
            Distract(draft, units, slots, 1);
            Distractors.Add(draft, name, null);
            draft.Ask(AskOne, "how long {name} {does}", [("name", name), .. slots]);
            draft.Is(time);
            return;
        }
        List<(string Name, Quantity Time)> people = [(name, time)];
        for (int i = 0; i < others; i++)
            people.Add(Compare(draft, people[^1].Name, people[^1].Time, units, slots));
        Distract(draft, units, slots, 1);
        Distractors.Add(draft, name, null);
        var ((a, first), (b, second)) = (people[random.Between(0, people.Count - 2)], people[^1]);
        if (random.Chance(0.6))
        {
            draft.Ask(AskTotal, "how long {name} {does}", [("name", a), ("other", b), .. slots]);
            draft.Is(draft.Add("total", first, second));
            return;
        }
        bool ahead = first.Value > second.Value;
        draft.Ask(AskDifference, "how long {name} {does}", [("name", ahead ? a : b), ("other", ahead ? b : a), .. slots]);
        draft.Is(ahead ? draft.Subtract("difference", first, second) : draft.Subtract("difference", second, first));
    }

    private static (string Name, Quantity Time) Compare(ProblemDraft draft, string name, Quantity time, Units units, (string, object)[] slots)
    {
        string other = draft.NewName();
        switch (draft.Random.Between(0, 4))
        {
            case 0 when time.Value < 150:
                draft.State(TwiceAsLong, null, [("name", name), ("other", other), .. slots]);
                return (other, draft.Multiply(other, ProblemDraft.Known(2), time));
            case 1 or 2:
                var more = draft.Number(2, units.Factor - 1);
                draft.State(Longer, "how long {other} {does}", [("name", name), ("other", other), ("n", more), .. slots]);
                return (other, draft.Add(other, time, more));
            case 3:
                var count = draft.Number(2, units.Most);
                draft.State(OtherLarge, null, [("name", name), ("other", other), ("k", count), .. slots]);
                return (other, draft.Multiply(other, count, ProblemDraft.Known(units.Factor)));
            default:
                var less = draft.Number(2, Math.Min(units.Factor - 1, time.Value - 2));
                draft.State(Shorter, "how long {other} {does}", [("name", name), ("other", other), ("n", less), .. slots]);
                return (other, draft.Subtract(other, time, less));
        }
    }

    private static void RopeWork(ProblemDraft draft)
    {
        var random = draft.Random;
        var units = random.Pick(Lengths);
        (string, object)[] slots = [("large", units.Large), ("small", units.Small)];
        Quantity factor = ProblemDraft.Known(units.Factor), count = draft.Number(2, units.Most);
        string name = draft.NewName();
        draft.Hint = $"turn {units.Large} into {units.Small} before adding";
        draft.Tell(Rope, null, [("name", name), ("k", count), .. slots]);
        var length = draft.Multiply(units.Small, count, factor);
        bool refer = draft.Tier >= 4;
        for (int steps = 1; steps < draft.Steps && !draft.Failed;)
        {
            int room = draft.Steps - steps;
            bool cut = length.Value > units.Factor && random.Chance(0.6);
            if (refer || (room >= 2 && draft.Tier >= 3 && random.Chance(0.4)))
            {
                refer = false;
                string other = draft.NewName();
                bool large = room >= 2 && (!cut || length.Value > units.Factor * 3) && random.Chance(0.6);
                var told = large ? draft.Number(2, 2) : draft.Number(2, Math.Min(80, length.Value - 2));
                draft.State(large ? StickLarge : Stick, large ? null : "how long {other}'s stick is", [("other", other), (large ? "k" : "n", told), .. slots]);
                var stick = large ? draft.Multiply(other, told, factor) : told;
                draft.Tell(cut ? CutAs : TieAs, null, [("name", name), ("other", other), .. slots]);
                length = cut ? draft.Subtract("rope", length, stick) : draft.Add("rope", length, stick);
                steps += large ? 2 : 1;
            }
            else
            {
                var change = draft.Number(2, Math.Min(80, length.Value - 2));
                draft.Tell(cut ? Cut : Tie, cut ? "how much of the rope {name} cuts off" : "how much longer {name} makes the rope", [("name", name), ("n", change), .. slots]);
                length = cut ? draft.Subtract("rope", length, change) : draft.Add("rope", length, change);
                steps++;
            }
        }
        if (draft.DistractorsLeft > 0)
            draft.Distract(Stick, [("other", draft.NewName()), ("n", draft.Number(5, 90)), .. slots]);
        Distractors.Add(draft, name, null);
        draft.Ask(AskLength, "how long {name}'s rope is", [("name", name), .. slots]);
        draft.Is(length);
    }

    /// <summary>How long somebody else does the same.</summary>
    private static void Distract(ProblemDraft draft, Units units, (string, object)[] slots, int count)
    {
        if (draft.DistractorsLeft >= count)
            draft.Distract(OtherLarge, [("other", draft.NewName()), ("k", draft.Number(2, units.Most)), .. slots]);
    }
}
