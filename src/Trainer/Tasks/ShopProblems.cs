namespace InferenceServer.Trainer.Tasks;

/// <summary>Money: wages, prices, discounts, change. The question is told in the order that the money moves.</summary>
public static class ShopProblems
{
    public const string Family = "shop";

    private static readonly string[] Wages = ["{0} earns {1} dollars an hour {3} and works {2} hours.", "For {3}, {0} is paid {1} dollars per hour and works for {2} hours.", "{0} spends {2} hours {3} at {1} dollars an hour."];
    private static readonly string[] Savings = ["{0} has {1} dollars.", "{0} takes {1} dollars to the shop.", "In {0}'s wallet there are {1} dollars.", "{0} saved {1} dollars."];
    private static readonly string[] Purchases = ["{0} buys {1} {2} at {3} dollars each.", "Then {0} pays for {1} {2} that cost {3} dollars each.", "{0} takes {1} {2}, {3} dollars apiece."];
    private static readonly string[] Single = ["{0} buys a {1} for {2} dollars.", "Then {0} pays {2} dollars for a {1}.", "A {1} costs {0} another {2} dollars."];
    private static readonly string[] Income = ["{1} gives {0} {2} dollars.", "{0} finds {2} dollars.", "{0} is paid {2} dollars by {1}.", "{0} sells an old {3} for {2} dollars."];
    private static readonly string[] Saved = ["{0} puts half of the money into the bank.", "{0} gives half of the money to {1}.", "Half of the money goes to rent."];
    private static readonly string[] AskMoney = ["How many dollars does {0} have left?", "How much money does {0} have now?", "What is left of the money, in dollars?", "How many dollars remain?"];
    private static readonly string[] AskUnits = ["With the rest {0} buys {1} that cost {2} dollars each. How many {1} does {0} get?", "How many {1} at {2} dollars each can {0} buy with what is left?"];
    private static readonly string[] Distractors = ["The shop opens at {1}.", "A {2} costs {1} dollars, but {0} does not buy one.", "{0} waits {1} minutes in the queue.", "There are {1} people in the shop.", "{3} spent {1} dollars there last week.", "The shop has {1} shelves."];

    public static WordProblem Generate(ProblemRandom random, int steps)
    {
        string[] people = random.PickSome(Words.Names, 3);
        string[] goods = random.PickSome(Words.Goods, 4);
        string who = people[0];
        var sheet = new Worksheet();
        List<string> text = [];
        int money;
        if (random.Chance(0.5))
        {
            int wage = random.Between(5, 30), hours = random.Between(2, 8);
            text.Add(string.Format(null, random.Pick(Wages), who, wage, hours, random.Pick(Words.Jobs)));
            money = sheet.Multiply("earned", hours, wage);
        }
        else
        {
            money = random.Between(20, 150);
            text.Add(string.Format(null, random.Pick(Savings), who, money));
        }
        bool units = steps - sheet.Steps.Count > 1 && random.Chance(0.2);
        int eventSteps = units ? steps - 1 : steps;
        while (sheet.Steps.Count < eventSteps)
        {
            switch (random.Between(0, eventSteps - sheet.Steps.Count >= 2 ? 6 : 3))
            {
                case 0:
                    int income = random.Between(3, 60);
                    text.Add(string.Format(null, random.Pick(Income), who, people[1], income, goods[1]));
                    money = sheet.Add("money", money, income);
                    break;
                case 1 or 2:
                    int price = random.Between(2, Math.Max(2, Math.Min(60, money)));
                    text.Add(string.Format(null, random.Pick(Single), who, random.Pick(goods), price));
                    money = sheet.Subtract("money", money, price);
                    break;
                case 3:
                    text.Add(string.Format(null, random.Pick(Saved), who, people[1]));
                    money = sheet.Divide("money", money, 2);
                    break;
                default:
                    int count = random.Between(2, 6), each = random.Between(2, 25);
                    string many = Words.Plural(random.Pick(goods));
                    text.Add(string.Format(null, random.Pick(Purchases), who, count, many, each));
                    money = sheet.Subtract("money", money, sheet.Multiply(many, count, each));
                    break;
            }
        }
        if (random.Chance(0.25))
            text.Insert(random.Between(1, text.Count), string.Format(null, random.Pick(Distractors), who, random.Between(2, 60), goods[3], people[2]));
        if (units)
        {
            string many = Words.Plural(goods[2]);
            int price = random.Between(2, 9);
            text.Add(string.Format(null, random.Pick(AskUnits), who, many, price));
            money = sheet.Divide(many, money, price);
        }
        else
        {
            text.Add(string.Format(null, random.Pick(AskMoney), who));
        }
        return new(Family, steps, string.Join(' ', text), sheet.Steps, money);
    }
}
