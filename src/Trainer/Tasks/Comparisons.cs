namespace InferenceServer.Trainer.Tasks;

/// <summary>People whose amounts are told in terms of one another; one amount, a sum or a difference is asked. Whoever the question does not need is in the way.</summary>
public static class Comparisons
{
    private static readonly Phrasings Base = new("comparison.base",
        ["{name} has {n} {object}.", "{name} owns {n} {object}.", "{name} made {n} {object}.", "There are {n} {object} in {name}'s bag.", "{name} counts {n} {object}."],
        "{name} keeps {n} {object} in a bag.")
    {
        Wider = ["{name}'s collection has {n} {object}.", "The number of {name}'s {object} is {n}.", "{name} brought {n} {object}.", "A drawer of {name}'s holds {n} {object}.", "{name} has a collection of {n} {object}.", "{name} collected {n} {object}.", "{name} bought {n} {object}."],
    };
    private static readonly Phrasings More = new("comparison.more",
        ["{name} has {n} more {object} than {other}.", "{name} has {n} {object} more than {other} has.", "{name} owns {n} more {object} than {other}.", "Compared with {other}, {name} has {n} more {object}.", "{name} has as many {object} as {other} and {n} more."],
        "{name} owns as many {object} as {other} and {n} more.", "Compared with {other}, {name} owns {n} more {object}.")
    {
        Wider = ["{name}'s collection has {n} {object} more than {other}'s.", "{name} is {n} {object} ahead of {other}.", "If {other} had {n} more {object}, it would be as many as {name} has.", "{name} brought {n} more {object} than {other} brought.", "The number of {name}'s {object} is {n} above {other}'s."],
    };
    private static readonly Phrasings Fewer = new("comparison.fewer",
        ["{name} has {n} fewer {object} than {other}.", "{name} has {n} {object} less than {other} has.", "{name} owns {n} fewer {object} than {other}.", "Compared with {other}, {name} has {n} fewer {object}."],
        "Compared with {other}, {name} owns {n} fewer {object}.")
    {
        Wider = ["{name}'s collection has {n} {object} less than {other}'s.", "{name} is {n} {object} behind {other}.", "With {n} more {object}, {name} would have as many as {other}.", "{name} brought {n} fewer {object} than {other} brought.", "The number of {name}'s {object} is {n} below {other}'s."],
    };
    private static readonly Phrasings OtherMore = new("comparison.other-more",
        ["{other} has {n} more {object} than {name}.", "{other} owns {n} {object} more than {name} owns."],
        "{other} owns {n} more {object} than {name} has.")
    {
        Wider = ["{other} is {n} {object} ahead of {name}.", "{other}'s collection has {n} {object} more than {name}'s.", "The number of {other}'s {object} is {n} above {name}'s."],
    };
    private static readonly Phrasings OtherFewer = new("comparison.other-fewer",
        ["{other} has {n} fewer {object} than {name}.", "{other} owns {n} {object} less than {name} owns."])
    {
        Wider = ["{other} is {n} {object} behind {name}.", "{other}'s collection has {n} {object} less than {name}'s.", "The number of {other}'s {object} is {n} below {name}'s."],
    };
    private static readonly Phrasings Times = new("comparison.times",
        ["{name} has {k} times as many {object} as {other}.", "{name} owns {k} times as many {object} as {other} owns.", "For every one of {other}'s {object}, {name} has {k}.", "Compared with {other}, {name} has {k} times as many {object}."],
        "For every one of {other}'s {object}, {name} owns {k}.")
    {
        Wider = ["{name}'s collection of {object} is {k} times as large as {other}'s.", "Take {other}'s {object} {k} times, and it is what {name} has.", "{name} brought {k} times the number of {object} that {other} brought."],
    };
    private static readonly Phrasings Twice = new("comparison.twice",
        ["{name} has twice as many {object} as {other}.", "{name} owns twice as many {object} as {other} has.", "{other} has half as many {object} as {name}."],
        "{other} owns half as many {object} as {name} has.")
    {
        Wider = ["{name}'s collection of {object} is twice as large as {other}'s.", "{name} has double the number of {object} that {other} has.", "Half of {name}'s {object} are as many as all of {other}'s."],
    };
    private static readonly Phrasings Half = new("comparison.half",
        ["{name} has half as many {object} as {other}.", "{name} owns half as many {object} as {other} owns.", "{other} has twice as many {object} as {name}."],
        "Compared with {other}, {name} has half as many {object}.")
    {
        Wider = ["{name}'s collection of {object} is half as large as {other}'s.", "{name} has half the number of {object} that {other} has.", "Half of {other}'s {object} are as many as all of {name}'s."],
    };
    private static readonly Phrasings Sum = new("comparison.sum",
        ["{name} has as many {object} as {other} and {third} together.", "{name} owns as many {object} as {other} and {third} have in total."],
        "{name} has as many {object} as {other} and {third} have together.")
    {
        Wider = ["{other} and {third} together have as many {object} as {name}.", "If one adds {other}'s {object} to {third}'s, one gets the number that {name} has.", "{name}'s collection of {object} is as large as those of {other} and {third} taken together."],
    };
    private static readonly Phrasings AskOne = new("comparison.ask-one",
        ["How many {object} does {name} have?", "How many {object} has {name} got?", "Find how many {object} {name} has.", "What is the number of {name}'s {object}?"],
        "Find the number of {name}'s {object}.")
    {
        Wider = ["What is the size of {name}'s collection of {object}?", "How many {object} are {name}'s?", "Count {name}'s {object}.", "How large is {name}'s number of {object}?"],
    };
    private static readonly Phrasings AskTotal = new("comparison.ask-total",
        ["How many {object} do {name} and {other} have together?", "How many {object} do {name} and {other} have in total?", "What is the sum of {name}'s {object} and {other}'s {object}?", "Find how many {object} {name} and {other} have together."],
        "Find how many {object} {name} and {other} have in total.")
    {
        Wider = ["Taken together, how many {object} do {name} and {other} own?", "How many {object} are there if one adds {name}'s and {other}'s?", "Count the {object} of {name} and {other} together.", "What do {name}'s {object} and {other}'s {object} add up to?", "How many {object} do {name} and {other} have altogether?", "How many {object} do {name} and {other} have combined?"],
    };
    private static readonly Phrasings AskDifference = new("comparison.ask-difference",
        ["How many more {object} does {name} have than {other}?", "How many fewer {object} does {other} have than {name}?", "What is the difference between {name}'s {object} and {other}'s {object}?", "Find how many more {object} {name} has than {other}."],
        "Find how many fewer {object} {other} has than {name}.")
    {
        Wider = ["By how many {object} is {name} ahead of {other}?", "How many {object} is {other} behind {name}?", "How much larger is {name}'s collection of {object} than {other}'s?", "How many more {object} would {other} need to have as many as {name}?"],
    };

    public static readonly ProblemFamily Family = new("comparison", Draw, [Base, More, Fewer, OtherMore, OtherFewer, Times, Twice, Half, Sum, AskOne, AskTotal, AskDifference]);

    private static void Draw(ProblemDraft draft)
    {
        var random = draft.Random;
        var thing = draft.NewObject();
        bool combine = draft.Steps > 1 && random.Chance(0.55);
        // One or two people more than the question needs.
        int relations = draft.Steps - (combine ? 1 : 0) + (draft.Tier >= 4 && random.Chance(0.4) ? 1 : 0);
        List<(string Name, Quantity Amount)> people = [(draft.NewName(), draft.Number(4, 50))];
        draft.State(Base, "how many {object} {name} has", ("name", people[0].Name), ("n", people[0].Amount), ("object", thing.Many));
        for (int i = 0; i < relations && !draft.Failed; i++)
            people.Add(Relate(draft, people, thing));
        int asked = random.Between(Math.Max(1, people.Count - 2), people.Count - 1);
        var (name, amount) = people[asked];
        if (!combine)
        {
            draft.Ask(AskOne, "how many {object} {name} has", ("name", name), ("object", thing.Many));
            draft.Is(amount);
        }
        else
        {
            var (other, others) = people[random.Between(0, asked - 1)];
            if (random.Chance(0.6))
            {
                draft.Ask(AskTotal, "how many {object} {name} has", ("name", name), ("other", other), ("object", thing.Many));
                draft.Is(draft.Add("total", amount, others));
            }
            else
            {
                bool ahead = amount.Value > others.Value;
                (string most, string least) = ahead ? (name, other) : (other, name);
                draft.Ask(AskDifference, "how many {object} {name} has", ("name", most), ("other", least), ("object", thing.Many));
                draft.Is(ahead ? draft.Subtract("difference", amount, others) : draft.Subtract("difference", others, amount));
            }
        }
        draft.Hint = draft.Tier >= 4 ? "start with the person whose number is told and go from one to the next" : combine ? "find each person's number before comparing or adding" : "start with the person whose number is told";
        Distractors.Add(draft, name, thing, past: false);
    }

    private static (string Name, Quantity Amount) Relate(ProblemDraft draft, List<(string Name, Quantity Amount)> people, Noun thing)
    {
        var random = draft.Random;
        string name = draft.NewName();
        var (other, known) = people[random.Chance(0.7) ? people.Count - 1 : random.Between(0, people.Count - 1)];
        (string, object)[] slots = [("name", name), ("other", other), ("object", thing.Many)];
        const string Unknown = "how many {object} {name} has";
        switch (random.Between(0, 9))
        {
            case <= 2 when known.Value < 140:
                var more = draft.Number(2, 50);
                draft.State(random.Chance(0.3) ? OtherFewer : More, Unknown, [.. slots, ("n", more)]);
                return (name, draft.Add(name, known, more));
            case 5 when known.Value < 30:
                var times = draft.Number(3, 6);
                draft.State(Times, Unknown, [.. slots, ("k", times)]);
                return (name, draft.Multiply(name, times, known));
            case 6 when known.Value < 90:
                draft.State(Twice, Unknown, slots);
                return (name, draft.Multiply(name, ProblemDraft.Known(2), known));
            case 7 or 8 when known.Value % 2 == 0 && known.Value > 6:
                draft.State(Half, Unknown, slots);
                return (name, draft.Divide(name, known, ProblemDraft.Known(2)));
            case 9 when people.Count > 2 && people[^1].Amount.Value + people[0].Amount.Value < 160:
                draft.State(Sum, Unknown, [("name", name), ("other", people[^1].Name), ("third", people[0].Name), ("object", thing.Many)]);
                return (name, draft.Add(name, people[^1].Amount, people[0].Amount));
            default:
                var fewer = draft.Number(2, known.Value - 2);
                draft.State(random.Chance(0.3) ? OtherMore : Fewer, Unknown, [.. slots, ("n", fewer)]);
                return (name, draft.Subtract(name, known, fewer));
        }
    }
}
