namespace InferenceServer.Trainer.Tasks;

/// <summary>Two to five people whose amounts are told in terms of one another; one amount, a total or a difference is asked.</summary>
public static class ComparisonProblems
{
    public const string Family = "comparison";

    private static readonly string[] Bases = ["{0} has {1} {2}.", "{0} owns {1} {2}.", "{0} made {1} {2}.", "There are {1} {2} in {0}'s bag."];
    private static readonly string[] More = ["{0} has {1} more {3} than {2}.", "{0} has {1} {3} more than {2} has.", "{0} counts {1} more than {2}."];
    private static readonly string[] Fewer = ["{0} has {1} fewer {3} than {2}.", "{0} has {1} less than {2}.", "{2} has {1} more {3} than {0}."];
    private static readonly string[] Times = ["{0} has {1} times as many {3} as {2}.", "{0} owns {1} times the {3} of {2}.", "For every one of the {3} of {2}, {0} has {1}."];
    private static readonly string[] Halves = ["{0} has half as many {1} as {2}.", "{2} has twice as many {1} as {0}.", "The {1} of {0} are half of those of {2}."];
    private static readonly string[] AskOne = ["How many {1} does {0} have?", "How many {1} has {0} got?", "Find how many {1} {0} has."];
    private static readonly string[] AskTotal = ["How many {2} do {0} and {1} have together?", "How many {2} do {0} and {1} have in total?", "What is the sum of the {2} of {0} and {1}?"];
    private static readonly string[] AskDifference = ["How many more {2} does {0} have than {1}?", "By how many {2} is {0} ahead of {1}?", "What is the difference between the {2} of {0} and of {1}?"];
    private static readonly string[] Distractors = ["{0} has {1} {2}.", "{0} is {1} years old.", "They met {1} days ago.", "{0} lives at number {1}.", "{0} read {1} pages today."];

    public static WordProblem Generate(ProblemRandom random, int steps)
    {
        bool combine = steps > 1 && random.Chance(0.55);
        int relations = combine ? steps - 1 : steps;
        string[] people = random.PickSome(Words.Names, relations + 2);
        string[] things = random.PickSome(Words.Things, 2);
        string thing = things[0];
        var sheet = new Worksheet();
        List<string> text = [];
        int[] amounts = new int[relations + 1];
        amounts[0] = random.Between(4, 60);
        text.Add(string.Format(null, random.Pick(Bases), people[0], amounts[0], thing));
        for (int i = 1; i <= relations; i++)
        {
            string who = people[i], other = people[i - 1];
            int known = amounts[i - 1];
            switch (random.Between(0, 4))
            {
                case 0 or 1:
                    int more = random.Between(2, 50);
                    text.Add(string.Format(null, random.Pick(More), who, more, other, thing));
                    amounts[i] = sheet.Add(who, known, more);
                    break;
                case 2:
                    int fewer = random.Between(1, Math.Max(1, known - 1));
                    text.Add(string.Format(null, random.Pick(Fewer), who, fewer, other, thing));
                    amounts[i] = sheet.Subtract(who, known, fewer);
                    break;
                case 3:
                    int times = random.Between(2, 6);
                    text.Add(string.Format(null, random.Pick(Times), who, times, other, thing));
                    amounts[i] = sheet.Multiply(who, times, known);
                    break;
                default:
                    text.Add(string.Format(null, random.Pick(Halves), who, thing, other));
                    amounts[i] = sheet.Divide(who, known, 2);
                    break;
            }
        }
        if (random.Chance(1.0 / 3))
            random.Shuffle(text);
        if (random.Chance(0.25))
            text.Insert(random.Between(0, text.Count), string.Format(null, random.Pick(Distractors), people[^1], random.Between(2, 60), things[1]));

        int last = amounts[relations], answer = last;
        int partner = combine ? random.Between(0, relations - 1) : 0;
        if (!combine)
        {
            text.Add(string.Format(null, random.Pick(AskOne), people[relations], thing));
        }
        else if (random.Chance(0.6))
        {
            text.Add(string.Format(null, random.Pick(AskTotal), people[relations], people[partner], thing));
            answer = sheet.Add("total", last, amounts[partner]);
        }
        else
        {
            bool ahead = last >= amounts[partner];
            (string more, string less) = ahead ? (people[relations], people[partner]) : (people[partner], people[relations]);
            text.Add(string.Format(null, random.Pick(AskDifference), more, less, thing));
            answer = sheet.Subtract("difference", Math.Max(last, amounts[partner]), Math.Min(last, amounts[partner]));
        }
        return new(Family, steps, string.Join(' ', text), sheet.Steps, answer);
    }
}
