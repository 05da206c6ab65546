namespace InferenceServer.Trainer.Tasks;

/// <summary>Things are brought together, some are set aside, and the rest is shared equally; then one share may change again.</summary>
public static class Sharing
{
    private static readonly Phrasings Whole = new("sharing.whole",
        ["{name} has {n} {object}.", "{name} brings {n} {object}.", "{name} has {n} {object} for a party.", "{name} makes {n} {object} for the friends."],
        "{name} brings {n} {object} for the friends.")
    {
        Wider = ["For a party {name} collects {n} {object}.", "{name} prepares {n} {object} for the children.", "There are {n} {object} that {name} hands out today.", "{name} bakes {n} {object}.", "{name} had {n} {object}.", "{name} bought {n} {object}."],
    };
    private static readonly Phrasings Packs = new("sharing.packs",
        ["{name} has {k} {containers} of {n} {object} each.", "{name} brings {k} {containers}, each with {n} {object}.", "{name} opens {k} {containers} with {n} {object} in each.", "{name} buys {k} {containers} of {n} {object} each for a party."],
        "{name} opens {k} {containers}, and there are {n} {object} in every one.")
    {
        Wider = ["{name} prepares {k} {containers}, every one with {n} {object} inside.", "{name} puts {k} {containers} on the table that hold {n} {object} apiece.", "For a party {name} collects {k} {containers} containing {n} {object} each."],
    };
    private static readonly Phrasings Closed = new("sharing.closed",
        ["{name} has {k} {containers} of {object}.", "{name} brings {k} {containers} of {object}.", "{name} opens {k} {containers} of {object}."],
        "{name} buys {k} {containers} of {object} for the friends.")
    {
        Wider = ["{name} prepares {k} {containers} filled with {object}.", "For a party {name} collects {k} {containers} of {object}.", "{name} puts {k} {containers} of {object} on the table."],
    };
    private static readonly Phrasings AddedClosed = new("sharing.added-closed",
        ["{other} brings {name} {k} {containers} of {object}.", "{other} adds {k} {containers} of {object} to those of {name}.", "{name} also gets {k} {containers} of {object} from {other}."],
        "{other} gives {name} {k} {containers} of {object}.")
    {
        Wider = ["{k} {containers} of {object} come to {name} from {other}.", "{other} hands {name} another {k} {containers} filled with {object}.", "{name} is given {k} {containers} of {object} by {other}."],
    };
    private static readonly Phrasings Holds = new("sharing.holds",
        ["Each {container} has {n} {object} in it.", "There are {n} {object} in each {container}.", "One {container} holds {n} {object}."],
        "Each {container} holds {n} {object}.")
    {
        Wider = ["In every {container} one finds {n} {object}.", "A {container} contains {n} {object}.", "{n} {object} are packed into every {container}.", "Every {container} is filled with {n} {object}."],
    };
    private static readonly Phrasings AddedPacks = new("sharing.added-packs",
        ["{other} gives {name} {k} more {containers} of {n} {object} each.", "{other} brings {name} {k} {containers} with {n} {object} in each.", "{name} also gets {k} {containers} from {other}, each with {n} {object}."],
        "{other} brings {name} {k} more {containers}, each with {n} {object}.")
    {
        Wider = ["{other} hands {name} another {k} {containers}, every one with {n} {object} inside.", "{name} is given {k} {containers} by {other} that hold {n} {object} apiece.", "{k} {containers} containing {n} {object} each come to {name} from {other}."],
    };
    private static readonly Phrasings Added = new("sharing.added",
        ["{other} brings {name} {n} more {object}.", "{other} adds {n} {object} to those of {name}.", "{name} also gets {n} {object} from {other}.", "{other} gives {name} {n} more {object}."],
        "{other} adds {n} more {object} to those of {name}.")
    {
        Wider = ["{other} hands {name} another {n} {object}.", "{n} {object} come to {name} from {other}.", "{name} is given {n} extra {object} by {other}."],
    };
    private static readonly Phrasings Kept = new("sharing.kept",
        ["{name} keeps {n} {object} for later.", "{n} of {name}'s {object} are broken and cannot be used.", "{name} puts {n} of the {object} away.", "{name} sets {n} {object} aside."],
        "{n} of {name}'s {object} are put away for later.", "{name} puts {n} {object} away for later.")
    {
        Wider = ["{n} of {name}'s {object} get lost.", "{name} saves {n} of the {object} for a cousin.", "{name} finds that {n} of the {object} are no good and throws them out.", "A dog runs off with {n} of {name}'s {object}."],
    };
    private static readonly Phrasings Share = new("sharing.share",
        ["{name} shares the {object} equally among {k} friends.", "{name}'s {object} are shared equally among {k} children.", "Then {name}'s {object} are put into {k} equal piles, one for each friend.", "{k} friends get {name}'s {object} in equal parts.", "All of {name}'s {object} are split evenly between {k} friends."],
        "{name}'s {object} are split evenly between {k} children.", "{k} children get all of {name}'s {object} in equal parts.")
    {
        Wider = ["{name} hands out all the {object}, the same number to each of {k} children.", "{k} neighbors divide {name}'s {object} equally.", "Each of {k} cousins receives the same number of {name}'s {object}, until none is left.", "{name}'s {object} are dealt out fairly to {k} children.", "{name} divides the {object} equally among {k} friends.", "{name} gives the {object} to {k} children, and each gets the same number.", "{name} puts the {object} into {k} equal groups, one for each child."],
    };
    private static readonly Phrasings ShareRest = new("sharing.share-rest",
        ["{name} shares the rest equally among {k} friends.", "The rest of {name}'s {object} is shared equally among {k} children.", "{k} friends get the rest in equal parts.", "The rest is split evenly between {k} friends."],
        "The rest is shared equally among {k} children.")
    {
        Wider = ["{name} hands out what is left, the same number to each of {k} children.", "{k} neighbors divide the rest equally.", "What remains is dealt out fairly to {k} children.", "Each of {k} cousins receives the same number of the remaining {object}."],
    };
    private static readonly Phrasings Had = new("sharing.had",
        ["{friend}, who gets one part, already had {n} {object}.", "One part goes to {friend}, who had {n} {object} before.", "{friend} gets one part and has {n} other {object} at home."],
        "{friend} gets one part and already had {n} {object} before.")
    {
        Wider = ["Among them is {friend}, whose own {n} {object} are at home.", "{friend}, one of them, owned {n} {object} before.", "One of them is {friend}, and {friend} had {n} {object} already."],
    };
    private static readonly Phrasings Later = new("sharing.later",
        ["{friend} gives {n} {object} to a friend later.", "Later {friend} loses {n} {object}.", "Then {friend} sells {n} {object}."],
        "Later {friend} gives away {n} {object}.")
    {
        Wider = ["{n} of {friend}'s {object} get lost.", "{friend} breaks {n} {object} after that.", "{friend} leaves {n} {object} on the bus."],
    };
    private static readonly Phrasings LaterGain = new("sharing.later-gain",
        ["Later {friend} finds {n} more {object}.", "Then {friend} buys {n} more {object}."],
        "Later {friend} gets {n} more {object}.")
    {
        Wider = ["{friend} collects {n} extra {object} after that.", "Grandma hands {friend} another {n} {object}.", "{n} more {object} come in the mail for {friend}."],
    };
    private static readonly Phrasings AskEach = new("sharing.ask-each",
        ["How many {object} does each one get?", "How many {object} are there for each one?", "Find how many {object} each one gets.", "What is the number of {object} for each one?"],
        "Find the number of {object} that each one gets.")
    {
        Wider = ["What is each one's part, in {object}?", "How large is one part, counted in {object}?", "Count the {object} that go to each one.", "How many {object} make up one part?", "How many {object} will each one have?", "How many {object} does each person get?", "How many {object} does each of them get?"],
    };
    private static readonly Phrasings AskFriend = new("sharing.ask-friend",
        ["How many {object} does {friend} have now?", "How many {object} does {friend} have in the end?", "Find the number of {object} that {friend} has at the end."],
        "How many {object} has {friend} got in the end?")
    {
        Wider = ["After all this, how many {object} are {friend}'s?", "Count the {object} that {friend} owns now.", "How large is the number of {object} that {friend} has now?"],
    };

    public static readonly ProblemFamily Family = new("sharing", Draw, [Whole, Packs, Closed, AddedPacks, AddedClosed, Holds, Added, Kept, Share, ShareRest, Had, Later, LaterGain, AskEach, AskFriend]);

    private static void Draw(ProblemDraft draft)
    {
        var random = draft.Random;
        string name = draft.NewName();
        var thing = draft.NewObject();
        (string, object) who = ("name", name), what = ("object", thing.Many);
        // From the end: after the share, the share itself, what is set aside before it; the rest brings things together.
        bool friend = draft.Steps >= 3 && random.Chance(0.5) || draft.Tier >= 4;
        int after = !friend ? 0 : draft.Steps >= 6 ? 2 : 1;
        bool kept = draft.Steps - after >= 3 && random.Chance(0.6);
        int before = draft.Steps - after - 1 - (kept ? 1 : 0);

        Quantity total = Begin(draft, who, what, ref before);
        while (before > 0 && !draft.Failed)
        {
            string other = draft.NewName();
            if (before >= 2)
            {
                var added = Packed(draft, AddedPacks, AddedClosed, [who, ("other", other), what], 6, 12);
                total = draft.Add("total", total, added);
                before -= 2;
            }
            else
            {
                var added = draft.Number(2, 40);
                draft.Tell(Added, "how many {object} {other} brings", who, ("other", other), ("n", added), what);
                total = draft.Add("total", total, added);
                before--;
            }
        }
        Quantity parts;
        if (kept)
        {
            parts = draft.Number(2, 9);
            int rest = total.Value % parts.Value, aside = rest + parts.Value * random.Between(rest < 2 ? 1 : 0, 2);
            var set = draft.Number(aside, aside);
            draft.Tell(Kept, "how many {object} are set aside", who, ("n", set), what);
            total = draft.Subtract("rest", total, set);
            draft.Tell(ShareRest, null, who, what, ("k", parts));
        }
        else
        {
            int[] divisors = [.. Enumerable.Range(2, 8).Where(k => total.Value % k == 0)];
            if (divisors.Length == 0)
            {
                draft.Fail();
                divisors = [1];
            }
            parts = Quantity.Given(random.Pick(divisors));
            draft.Tell(Share, null, who, what, ("k", parts));
        }
        var share = draft.Divide("each", total, parts);
        Distractors.Add(draft, name, thing);
        draft.Hint = kept ? "take away what is set aside before sharing" : "bring everything together before sharing";
        if (friend)
            AskForFriend(draft, thing, share, after);
        else
        {
            draft.Ask(AskEach, "how many {object} there are", what);
            draft.Is(share);
        }
    }

    private static Quantity Begin(ProblemDraft draft, (string, object) who, (string, object) what, ref int before)
    {
        if (before >= 1 && (draft.Tier >= 4 || draft.Random.Chance(0.7)))
        {
            before--;
            return Packed(draft, Packs, Closed, [who, what], 9, 20);
        }
        var whole = draft.Number(8, 90);
        draft.Tell(Whole, "how many {object} {name} has", who, ("n", whole), what);
        return whole;
    }

    /// <summary>Containers, and what one holds: in one sentence, or in the harder tiers in two that may stand apart.</summary>
    private static Quantity Packed(ProblemDraft draft, Phrasings together, Phrasings closed, (string, object)[] slots, int most, int largest)
    {
        Quantity packs = draft.Number(2, most), size = draft.Number(3, largest);
        var container = draft.NewContainer();
        slots = [.. slots, ("k", packs), ("containers", container.Many), ("container", container.One), ("n", size)];
        const string Unknown = "how many {object} are in each {container}";
        draft.Tell(draft.Tier >= 4 ? closed : together, draft.Tier >= 4 ? null : Unknown, [.. slots.Where(s => draft.Tier < 4 || s.Item1 != "n")]);
        var inside = draft.Multiply(container.Many, packs, size);
        if (draft.Tier >= 4)
            draft.State(Holds, Unknown, [.. slots.Where(s => s.Item1 != "k")]);
        return inside;
    }

    private static void AskForFriend(ProblemDraft draft, Noun thing, Quantity share, int after)
    {
        (string, object) who = ("friend", draft.NewName()), what = ("object", thing.Many);
        string name = (string)who.Item2;
        Quantity had = draft.Number(2, 40), have = share;
        draft.Tell(Had, "how many {object} {friend} had before", who, ("n", had), what);
        have = draft.Add(name, share, had);
        if (after == 2)
        {
            bool loss = draft.Random.Chance(0.5);
            var change = draft.Number(2, loss ? have.Value - 2 : 30);
            draft.Tell(loss ? Later : LaterGain, loss ? "how many {object} {friend} lost" : "how many {object} {friend} got later", who, ("n", change), what);
            have = loss ? draft.Subtract(name, have, change) : draft.Add(name, have, change);
        }
        draft.Ask(AskFriend, "how many {object} {friend} has", who, what);
        draft.Is(have);
    }
}
