namespace InferenceServer.Trainer.Tasks;

/// <summary>
/// Sentences that do not matter, for every family. They speak of the same person or the same things, and some have no number, so that neither "some" nor an
/// unused number tells an unanswerable question from another.
/// </summary>
public static class Distractors
{
    private static readonly Phrasings OtherHas = new("extra.other",
        ["{other} has {n} {object}.", "{other} owns {n} {object}.", "There are {n} {object} in {other}'s room.", "{other} counts {n} {object}.", "{other} keeps {n} {object} at home."],
        "{other} counts {n} {object} at home.", "In {other}'s room there are {n} {object}.")
    {
        Wider = ["{other}'s collection has {n} {object}.", "{other} brought {n} {object}.", "A drawer of {other}'s holds {n} {object}.", "The number of {other}'s {object} is {n}."],
    };

    private static readonly Phrasings OtherThing = new("extra.thing",
        ["{name} also has {n} {thing}.", "{name} owns {n} {thing}.", "There are {n} {thing} on {name}'s table.", "{name} has {n} {thing} as well.", "{name} sees {n} {thing} on the way."],
        "{name} also keeps {n} {thing} at home.")
    {
        Wider = ["{name} brought {n} {thing} as well.", "A drawer in {name}'s room holds {n} {thing}.", "{n} {thing} lie on the floor.", "{name} also counts {n} {thing}."],
    };

    private static readonly Phrasings Earlier = new("extra.earlier",
        ["Last year {name} had {n} {object}.", "A year ago {name} had {n} {object}.", "Next year {name} wants to have {n} {object}."],
        "{name} had {n} {object} a year ago.")
    {
        Wider = ["A week ago {name} had {n} {object}.", "{name} hopes to have {n} {object} one day.", "Before last summer {name} owned {n} {object}."],
    };

    private static readonly Phrasings Vague = new("extra.vague",
        ["{other} has some {object} too.", "{other} has several {object} at home.", "{name} also has some {thing}.", "There are several {thing} on the table.", "Some {thing} are on the floor.", "Several {thing} belong to {other}."],
        "{other} owns some {object}.", "There are some {thing} on the floor.")
    {
        Wider = ["{other} brought some {object}.", "A drawer of {other}'s holds several {thing}.", "Some {thing} get lost.", "{name} sees several {thing}."],
    };

    private static readonly Phrasings Age = new("extra.age",
        ["{name} is {n} years old.", "{other} is {n} years older than {name}.", "{other} is {n} years younger than {name}.", "{n} years ago {name} was a child.", "The age of {other} is {n} years.", "{name} and {other} were born {n} years apart."],
        "In a year {other} will be {n} years old.")
    {
        Wider = ["{name} will be {n} next year.", "{other}'s dog is {n} years old.", "{name} has lived here for {n} years."],
    };

    private static readonly Phrasings Price = new("extra.price",
        ["Each {item} costs {n} dollars.", "The price of one {item} is {n} dollars.", "A new {item} costs {n} dollars.", "{other} paid {n} dollars for a {single}."],
        "One {item} costs {n} dollars.")
    {
        Wider = ["The shop sells every {item} for {n} dollars.", "A neighbor paid {n} dollars for a {single}.", "{other} would sell a {single} for {n} dollars."],
    };

    private static readonly Phrasings Minutes = new("extra.minutes",
        ["The way home takes {n} minutes.", "{name} lives {n} minutes away from {other}.", "{other} waits for {n} minutes.", "{other} will come in {n} minutes."],
        "The way to {other}'s home takes {n} minutes.")
    {
        Wider = ["The bus of {other} is {n} minutes late.", "Lunch takes {other} {n} minutes.", "{other} slept for {n} minutes."],
    };

    public static readonly IReadOnlyList<Phrasings> Phrasings = [OtherHas, OtherThing, Earlier, Vague, Age, Price, Minutes];

    /// <summary>Adds what the draft's tier still asks for, and now and then a sentence without a number.</summary>
    /// <param name="thing">What the story is about; null when it is not about things.</param>
    /// <param name="past">Whether an amount of another time cannot be taken for the story's own.</param>
    public static void Add(ProblemDraft draft, string name, Noun? thing, bool past = true)
    {
        var about = thing ?? draft.NewObject();
        bool vague = draft.Random.Chance(draft.Tier > 1 ? 0.3 : 0.15);
        HashSet<Phrasings> used = [];
        for (int left = draft.DistractorsLeft; left > 0 || vague; left--)
        {
            string other = draft.NewName();
            var another = draft.NewObject();
            var kind = left <= 0 ? Vague : draft.Random.Between(0, 9) switch { < 4 => OtherHas, < 6 => OtherThing, 6 => past && thing is not null ? Earlier : OtherThing, 7 => Age, 8 => Price, _ => Minutes };
            if (left > 0 && !used.Add(kind))
                kind = OtherHas;
            draft.Distract(kind, ("name", name), ("other", other), ("n", draft.Number(2, 60)), ("object", about.Many), ("item", about.One), ("single", another.One), ("thing", another.Many));
            if (left <= 0)
                break;
        }
    }
}
