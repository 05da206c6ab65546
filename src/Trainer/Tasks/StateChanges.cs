namespace InferenceServer.Trainer.Tasks;

/// <summary>One person's things, changed by what happens one after the other. In the harder tiers an amount is that of another person, told elsewhere.</summary>
public static class StateChanges
{
    private static readonly Phrasings Start = new("state.start",
        ["{name} has {n} {object}.", "{name} starts with {n} {object}.", "At first {name} owns {n} {object}.", "There are {n} {object} on {name}'s table.", "In the morning {name} counts {n} {object}.", "{name} has {n} {object} at home."],
        "In the morning {name} has {n} {object}.", "{name} starts the day with {n} {object}.")
    {
        Wider = ["{name} owned {n} {object} this morning.", "A drawer in {name}'s room holds {n} {object}.", "{name} brought {n} {object} to school.", "On Monday {name} had {n} {object}.", "{name}'s collection began with {n} {object}.", "{name} makes {n} {object}.", "{name} bought {n} {object}.", "{name} had {n} {object}.", "{name} picks {n} {object}.", "There were {n} {object} in {name}'s basket.", "{name} has a collection of {n} {object}."],
    };
    private static readonly Phrasings Gain = new("state.gain",
        ["{name} finds {n} more {object}.", "A friend gives {name} {n} {object}.", "Then {name} buys {n} {object}.", "{name} gets {n} more {object}.", "{name} wins {n} {object} in a game.", "{name} picks up {n} more {object}.", "Later {name} receives {n} {object} as a gift.", "{name} makes {n} new {object}."],
        "{name} buys {n} more {object}.", "Later {name} finds {n} {object} on the way home.", "Then {name} gets {n} {object} as a gift.")
    {
        Wider = ["Grandma hands {name} another {n} {object}.", "{name} trades a hat for {n} {object}.", "{n} more {object} come in the mail for {name}.", "{name} collects {n} extra {object}.", "On Tuesday {name} earned {n} {object}.", "{name}'s uncle brought {n} {object} for {name}.", "{name} discovers {n} {object} under the bed and keeps them.", "{name} buys another {n} {object}.", "{name} makes {n} more {object}.", "{name} bought {n} {object} after that.", "{name}'s mother gave {name} {n} {object}.", "{name} adds {n} {object}.", "{name} picks another {n} {object}.", "{name} found {n} {object}."],
    };
    private static readonly Phrasings Loss = new("state.loss",
        ["{name} gives away {n} {object}.", "{name} loses {n} of the {object}.", "Then {name} sells {n} {object}.", "{name} hands {n} {object} to a friend.", "{name} drops {n} {object} on the way.", "A friend takes {n} of {name}'s {object}.", "Later {name} throws away {n} {object}."],
        "{name} gives {n} of the {object} to a friend.", "Then {name} loses {n} {object} in a game.")
    {
        Wider = ["{name} breaks {n} of the {object}.", "{n} of {name}'s {object} get lost.", "{name} trades {n} {object} for a hat.", "A dog runs off with {n} of {name}'s {object}.", "{name} returns {n} {object} to the shop.", "On Tuesday {name} gave {n} {object} to a cousin.", "{n} {object} fall out of {name}'s bag.", "{name} eats {n} {object}.", "{name} uses {n} of the {object}.", "{name} sold {n} {object}.", "{n} of the {object} break.", "{name} gave {n} {object} away.", "{name} lost {n} {object}.", "{name} uses up {n} {object}.", "{name} lets a friend have {n} {object}."],
    };
    private static readonly Phrasings Packs = new("state.packs",
        ["{name} buys {k} {containers} of {n} {object} each.", "Then {name} gets {k} {containers} with {n} {object} in each.", "{name} opens {k} new {containers}, each with {n} {object}.", "A friend sends {name} {k} {containers} of {n} {object} each.", "{name} finds {k} {containers}, and there are {n} {object} in every one."],
        "Then {name} opens {k} {containers} of {n} {object} each.", "Later {name} buys {k} {containers}, each with {n} {object}.")
    {
        Wider = ["{k} {containers} arrive for {name}, each holding {n} {object}.", "{name} brings home {k} {containers} that hold {n} {object} apiece.", "{name} is given {k} {containers}, every one with {n} {object} inside.", "On Tuesday {name} bought {k} {containers} containing {n} {object} each.", "{name} bought {k} {containers} of {object}, each with {n} {object}.", "{name} buys {k} {containers}, and each has {n} {object}."],
    };
    private static readonly Phrasings Gifts = new("state.gifts",
        ["{name} gives {n} {object} to each of {k} friends.", "Each of {k} friends gets {n} {object} from {name}.", "{name} sells {n} {object} to each of {k} people.", "Then {k} friends take {n} of {name}'s {object} each."],
        "Each of {k} people takes {n} {object} from {name}.")
    {
        Wider = ["{name} hands out {n} {object} apiece to {k} neighbors.", "{k} cousins receive {n} {object} each from {name}.", "{name} pays {k} helpers {n} {object} each.", "{name} mails {n} {object} to every one of {k} cousins.", "{name} gave {n} {object} to each of {k} children.", "{name} gives {k} friends {n} {object} each."],
    };
    private static readonly Phrasings Half = new("state.half",
        ["{name} loses half of the {object}.", "Then {name} sells half of the {object}.", "{name} gives half of the {object} to a friend."],
        "{name} gives away half of the {object}.")
    {
        Wider = ["Half of {name}'s {object} get lost.", "{name} hands one half of the {object} to a cousin.", "A dog runs off with half of {name}'s {object}.", "{name} eats half of the {object}.", "{name} sold half of the {object}."],
    };
    private static readonly Phrasings Double = new("state.double",
        ["Then {name} doubles the number of {object}.", "A prize doubles the number of {name}'s {object}.", "A friend gives {name} as many {object} as {name} already has."],
        "{name} gets as many {object} as {name} already has.")
    {
        Wider = ["After that {name} has twice as many {object} as before.", "{name}'s number of {object} becomes twice as large.", "{name} collects as many {object} again as there were before."],
    };
    private static readonly Phrasings GainAs = new("state.gain-as",
        ["{name} finds as many {object} as {other} has.", "Then {name} buys as many {object} as {other} has.", "A friend gives {name} as many {object} as {other} has.", "{name} makes as many new {object} as {other} owns."],
        "Then {name} gets as many {object} as {other} has.")
    {
        Wider = ["{name} collects as many new {object} as {other} owns.", "Grandma hands {name} as many {object} as {other} has.", "{name} is given the same number of {object} that {other} has.", "However many {object} {other} has, {name} earns that many more."],
    };
    private static readonly Phrasings LossAs = new("state.loss-as",
        ["{name} gives away as many {object} as {other} has.", "Then {name} sells as many {object} as {other} has.", "{name} loses as many {object} as {other} owns."],
        "{name} drops as many {object} as {other} has.")
    {
        Wider = ["{name} breaks as many {object} as {other} has.", "{name} returns the same number of {object} that {other} owns.", "However many {object} {other} has, {name} gives that many to a cousin.", "A dog runs off with as many {object} as {other} has."],
    };
    private static readonly Phrasings Other = new("state.other",
        ["{other} has {n} {object}.", "{other} owns {n} {object}.", "There are {n} {object} in {other}'s room."],
        "{other} keeps {n} {object}.")
    {
        Wider = ["{other}'s collection has {n} {object}.", "{other} brought {n} {object} to school.", "A drawer of {other}'s holds {n} {object}.", "The number of {other}'s {object} is {n}."],
    };
    private static readonly Phrasings OtherPacks = new("state.other-packs",
        ["{other} has {k} {containers} of {n} {object} each.", "{other} owns {k} {containers} with {n} {object} in each.", "In {other}'s room there are {k} {containers}, each with {n} {object}."],
        "{other} keeps {k} {containers} of {n} {object} each.")
    {
        Wider = ["{other} possesses {k} {containers}, every one with {n} {object} inside.", "{k} {containers} of {other}'s hold {n} {object} apiece.", "{other} brought {k} {containers} containing {n} {object} each."],
    };
    private static readonly Phrasings End = new("state.end",
        ["How many {object} does {name} have now?", "How many {object} does {name} have in the end?", "Find the number of {object} that {name} has now.", "How many {object} has {name} got at the end?", "What is the number of {object} that {name} has in the end?"],
        "How many {object} has {name} got now?", "Find how many {object} {name} has at the end.")
    {
        Wider = ["In the end, what is the size of {name}'s collection of {object}?", "After all this, how many {object} are {name}'s?", "How many {object} are left with {name}?", "Count the {object} that {name} owns now.", "How large is the number of {object} that {name} has now?", "At the end of the story, how many {object} does {name} own?", "How many {object} does {name} have left?", "How many {object} are left?", "How many {object} remain?", "How many {object} does {name} have altogether?", "How many {object} does {name} have in total?", "How many {object} does {name} have?", "How many {object} does {name} have after that?"],
    };

    public static readonly ProblemFamily Family = new("state", Draw, [Start, Gain, Loss, Packs, Gifts, Half, Double, GainAs, LossAs, Other, OtherPacks, End]);

    private static void Draw(ProblemDraft draft)
    {
        var random = draft.Random;
        string name = draft.NewName();
        var thing = draft.NewObject();
        var have = draft.Number(5, 60);
        draft.Tell(Start, "how many {object} {name} had at first", ("name", name), ("n", have), ("object", thing.Many));
        int reference = draft.Tier >= 4 ? random.Between(1, 2) : random.Chance(0.15) && draft.Steps > 1 ? 1 : 0;
        int references = reference;
        for (int steps = 0; steps < draft.Steps;)
        {
            int room = draft.Steps - steps;
            if (references > 0 && (room <= 2 * references || random.Chance(0.4)))
            {
                references--;
                bool packs = room > 1;
                (have, int used) = Refer(draft, name, thing, have, packs);
                steps += used;
                continue;
            }
            (have, int taken) = Happen(draft, name, thing, have, room);
            steps += taken;
        }
        Distractors.Add(draft, name, thing);
        draft.Ask(End, "how many {object} {name} has", ("name", name), ("object", thing.Many));
        draft.Is(have);
        draft.Hint ??= reference > 0 ? "find the other person's number before using it" : "go through what happens one change at a time";
    }

    private static (Quantity Have, int Steps) Happen(ProblemDraft draft, string name, Noun thing, Quantity have, int room)
    {
        var random = draft.Random;
        (string, object) who = ("name", name), what = ("object", thing.Many);
        switch (random.Between(0, room >= 2 ? 7 : 4))
        {
            case 0 or 1 when have.Value < 120:
                var gain = draft.Number(2, 60);
                draft.Tell(Gain, "how many {object} {name} got", who, ("n", gain), what);
                return (draft.Add(name, have, gain), 1);
            case 3 when have.Value % 2 == 0 && have.Value > 8:
                draft.Tell(Half, null, who, what);
                return (draft.Divide(name, have, ProblemDraft.Known(2)), 1);
            case 4 when have.Value is > 3 and < 60:
                draft.Tell(Double, null, who, what);
                return (draft.Multiply(name, ProblemDraft.Known(2), have), 1);
            case 5 or 6 when have.Value < 120:
                Quantity packs = draft.Number(2, 9), size = draft.Number(2, Math.Min(25, (190 - have.Value) / packs.Value));
                var container = draft.NewContainer();
                draft.Tell(Packs, "how many {object} are in each of the {containers}", who, ("k", packs), ("containers", container.Many), ("n", size), what);
                var inside = draft.Multiply(container.Many, packs, size);
                draft.Hint ??= "multiply the packs before adding them";
                return (draft.Add(name, have, inside), 2);
            case 7 when have.Value > 20:
                Quantity friends = draft.Number(2, 6), each = draft.Number(2, (have.Value - 2) / friends.Value);
                draft.Tell(Gifts, "how many {object} each one got", who, ("k", friends), ("n", each), what);
                var given = draft.Multiply("given", friends, each);
                draft.Hint ??= "find how many were given in all before taking them away";
                return (draft.Subtract(name, have, given), 2);
            default:
                var loss = draft.Number(2, have.Value * 2 / 3);
                draft.Tell(Loss, "how many {object} {name} lost", who, ("n", loss), what);
                return (draft.Subtract(name, have, loss), 1);
        }
    }

    /// <summary>A change by as many as another person has, which a fact says.</summary>
    private static (Quantity Have, int Steps) Refer(ProblemDraft draft, string name, Noun thing, Quantity have, bool packs)
    {
        string other = draft.NewName();
        bool loss = have.Value > 60 || (have.Value > 12 && draft.Random.Chance(0.4));
        int most = loss ? have.Value - 2 : 60;
        packs &= most >= 4;
        Quantity count = draft.Number(2, Math.Min(9, most / 2)), told = packs ? draft.Number(2, Math.Min(20, most / count.Value)) : draft.Number(2, most);
        var container = draft.NewContainer();
        // Told first; in the harder tiers the draft moves it about.
        if (packs)
            draft.State(OtherPacks, "how many {object} are in each of {other}'s {containers}", ("other", other), ("k", count), ("containers", container.Many), ("n", told), ("object", thing.Many));
        else
            draft.State(Other, "how many {object} {other} has", ("other", other), ("n", told), ("object", thing.Many));
        var amount = packs ? draft.Multiply(other, count, told) : told;
        draft.Tell(loss ? LossAs : GainAs, null, ("name", name), ("object", thing.Many), ("other", other));
        have = loss ? draft.Subtract(name, have, amount) : draft.Add(name, have, amount);
        return (have, packs ? 2 : 1);
    }
}
