namespace InferenceServer.Trainer.Tasks;

/// <summary>One person's things, changed by a chain of events: gets, gives, packs, halves, doubles, shares.</summary>
public static class ChainProblems
{
    public const string Family = "chain";

    private static readonly string[] Starts =
    [
        "{0} has {1} {2}.", "{0} starts with {1} {2}.", "At first {0} owns {1} {2}.", "There are {1} {2} on {0}'s desk.", "{0} collected {1} {2}.", "In the morning {0} counts {1} {2}.",
    ];
    private static readonly string[] Gains =
    [
        "{0} finds {1} more {2}.", "A friend gives {0} {1} {2}.", "Then {0} buys {1} {2}.", "{0} gets {1} more.", "{0} wins {1} {2} in a game.", "{0} picks up {1} more {2}.", "Later {0} receives {1} {2} as a gift.",
    ];
    private static readonly string[] Losses =
    [
        "{0} gives away {1} {2}.", "{0} loses {1} of them.", "Then {0} sells {1} {2}.", "{1} of the {2} break.", "{0} hands {1} {2} to {3}.", "{0} drops {1} {2} on the way.", "{3} takes {1} of them.",
    ];
    private static readonly string[] Packs =
    [
        "{0} buys {1} {2} of {3} {4} each.", "Then {0} gets {1} {2} with {3} {4} in each.", "{0} opens {1} {2}, each holding {3} {4}.", "A shop sends {0} {1} {2} of {3} {4}.",
    ];
    private static readonly string[] GiftsToEach =
    [
        "{0} gives {1} {2} to each of {3} friends.", "Each of {3} friends gets {1} {2} from {0}.", "{0} puts {1} {2} on each of {3} shelves and leaves them there.",
    ];
    private static readonly string[] Halves = ["{0} loses half of the {1}.", "Then half of the {1} are sold.", "{0} gives half of them to {2}."];
    private static readonly string[] Doubles = ["Then {0} doubles the number of {1}.", "A prize doubles the {1} of {0}.", "{2} gives {0} as many {1} as {0} already has."];
    private static readonly string[] Totals =
    [
        "How many {1} does {0} have now?", "How many {1} are left with {0}?", "How many {1} does {0} have in the end?", "Find the number of {1} that {0} has now.",
    ];
    private static readonly string[] Shares =
    [
        "{0} shares them equally among {1} friends. How many {2} does each friend get?", "{0} puts all of them into {1} equal piles. How many {2} are in each pile?", "The {2} are split evenly between {1} people. How many does each get?",
    ];
    private static readonly string[] Distractors =
    [
        "{0} has {1} {2}.", "{0} is {1} years old.", "The room has {1} chairs.", "{0} also owns {1} {3}.", "It takes {1} minutes to walk home.", "A bus passes every {1} minutes.", "Last year {0} had {1} {2}.", "Each of the {2} costs {1} cents.",
    ];

    public static WordProblem Generate(ProblemRandom random, int steps)
    {
        string[] people = random.PickSome(Words.Names, 3);
        string[] things = random.PickSome(Words.Things, 2);
        string who = people[0], other = people[1], thing = things[0];
        var sheet = new Worksheet();
        List<string> text = [];
        int have = random.Between(5, 60);
        text.Add(string.Format(null, random.Pick(Starts), who, have, thing));
        // The last step may be a share, which the question itself asks for.
        bool share = steps > 1 && random.Chance(0.25);
        int eventSteps = share ? steps - 1 : steps;
        while (sheet.Steps.Count < eventSteps)
        {
            int room = eventSteps - sheet.Steps.Count;
            switch (random.Between(0, room >= 2 ? 7 : 4))
            {
                case 0 or 1:
                    int gain = random.Between(2, 60);
                    text.Add(string.Format(null, random.Pick(Gains), who, gain, thing));
                    have = sheet.Add(who, have, gain);
                    break;
                case 2:
                    int loss = random.Between(1, Math.Max(1, have - 1));
                    text.Add(string.Format(null, random.Pick(Losses), who, loss, thing, other));
                    have = sheet.Subtract(who, have, loss);
                    break;
                case 3:
                    text.Add(string.Format(null, random.Pick(Halves), who, thing, other));
                    have = sheet.Divide(who, have, 2);
                    break;
                case 4:
                    text.Add(string.Format(null, random.Pick(Doubles), who, thing, other));
                    have = sheet.Multiply(who, 2, have);
                    break;
                case 5 or 6:
                    int packs = random.Between(2, 6), size = random.Between(2, 25);
                    string container = Words.Plural(random.Pick(Words.Containers));
                    text.Add(string.Format(null, random.Pick(Packs), who, packs, container, size, thing));
                    have = sheet.Add(who, have, sheet.Multiply(container, packs, size));
                    break;
                default:
                    int friends = random.Between(2, 6), each = random.Between(2, 12);
                    text.Add(string.Format(null, random.Pick(GiftsToEach), who, each, thing, friends));
                    have = sheet.Subtract(who, have, sheet.Multiply("given", friends, each));
                    break;
            }
        }
        if (random.Chance(0.25))
            text.Insert(random.Between(1, text.Count), string.Format(null, random.Pick(Distractors), people[2], random.Between(2, 60), thing, things[1]));
        if (share)
        {
            int parts = random.Between(2, 9);
            text.Add(string.Format(null, random.Pick(Shares), who, parts, thing));
            have = sheet.Divide("each", have, parts);
        }
        else
        {
            text.Add(string.Format(null, random.Pick(Totals), who, thing));
        }
        return new(Family, steps, string.Join(' ', text), sheet.Steps, have);
    }
}
