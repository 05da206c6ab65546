namespace InferenceServer.Trainer.Tasks;

/// <summary>Wages, purchases at a price a piece, and what is left of the money. Prices may be told after the purchase, among those of things nobody buys.</summary>
public static class Prices
{
    private static readonly Phrasings Saved = new("prices.saved",
        ["{name} has {n} dollars.", "{name} takes {n} dollars to the shop.", "At first {name} has {n} dollars.", "{name} starts the day with {n} dollars.", "There are {n} dollars in {name}'s bag."],
        "{name} goes to the shop with {n} dollars.")
    {
        Wider = ["{name}'s purse holds {n} dollars.", "{name} brought {n} dollars from home.", "Before shopping {name} owns {n} dollars.", "{name} saved {n} dollars."],
    };
    private static readonly Phrasings Work = new("prices.work",
        ["{name} works {k} hours {job}.", "{name} spends {k} hours {job}.", "For {k} hours {name} earns money {job}.", "{name} is paid for {k} hours of {job}."],
        "{name} is paid for {job} and works {k} hours.")
    {
        Wider = ["{name} did {k} hours of {job}.", "{job} keeps {name} busy for {k} hours.", "On Monday {name} worked {k} hours at {job}."],
    };
    private static readonly Phrasings Wage = new("prices.wage",
        ["For {job} one gets {n} dollars an hour.", "{job} brings {n} dollars an hour.", "The pay for {job} is {n} dollars an hour."],
        "{job} is paid with {n} dollars an hour.")
    {
        Wider = ["An hour of {job} earns {n} dollars.", "Whoever does {job} gets {n} dollars for each hour.", "The wage for {job} is {n} dollars per hour."],
    };
    private static readonly Phrasings Income = new("prices.income",
        ["A friend gives {name} {n} dollars.", "{name} finds {n} dollars on the way.", "Then {name} gets {n} dollars as a gift.", "{name} sells an old {single} for {n} dollars.", "Later {name} wins {n} dollars in a game."],
        "Later {name} receives {n} dollars as a gift.", "Then {name} sells a {single} for {n} dollars.")
    {
        Wider = ["Grandma hands {name} {n} dollars.", "{name} gets {n} dollars back from a cousin.", "{n} dollars come in the mail for {name}.", "{name} earns {n} dollars with an old {single}."],
    };
    private static readonly Phrasings Buy = new("prices.buy",
        ["{name} buys {k} {goods}.", "Then {name} pays for {k} {goods}.", "{name} takes {k} {goods} in the shop.", "Later {name} buys {k} {goods}."],
        "Then {name} takes {k} {goods}.")
    {
        Wider = ["{name} chooses {k} {goods} and pays for them.", "{k} {goods} go into {name}'s shopping bag.", "{name} needs {k} {goods} and buys them."],
    };
    private static readonly Phrasings Price = new("prices.price",
        ["Each {good} costs {n} dollars.", "The price of one {good} is {n} dollars.", "A {good} costs {n} dollars.", "One has to pay {n} dollars for a {good}."],
        "One {good} costs {n} dollars.", "The price of a {good} is {n} dollars.")
    {
        Wider = ["The shop sells every {good} for {n} dollars.", "For one {good} the shop takes {n} dollars.", "{n} dollars is the price of a single {good}.", "Any {good} can be had for {n} dollars."],
    };
    private static readonly Phrasings Spend = new("prices.spend",
        ["{name} pays {n} dollars for the bus.", "{name} loses {n} dollars.", "Then {name} pays {n} dollars for lunch.", "{name} gives {n} dollars to a friend.", "Later {name} buys a {single} for {n} dollars."],
        "{name} buys a {single} for {n} dollars.", "{name} pays {n} dollars for a {single}.")
    {
        Wider = ["The ride home costs {name} {n} dollars.", "{name} spends {n} dollars on a {single}.", "{name} lends {n} dollars to a cousin.", "{n} dollars fall out of {name}'s purse."],
    };
    private static readonly Phrasings Discount = new("prices.discount",
        ["On each {good} {name} saves {n} dollars, because the shop has a sale.", "In a sale each {good} costs {n} dollars less.", "Because of a sale, the price of each {good} goes down by {n} dollars."],
        "Because of a sale, each {good} costs {n} dollars less.")
    {
        Wider = ["Today every {good} is {n} dollars cheaper.", "The shop takes {n} dollars off each {good}.", "With a coupon {name} pays {n} dollars less for each {good}."],
    };
    private static readonly Phrasings AskLeft = new("prices.ask-left",
        ["How many dollars does {name} have now?", "How much money does {name} have in the end?", "How many dollars are left?", "Find how many dollars {name} has at the end.", "How much money is left?"],
        "How much money does {name} have now?", "Find how much money is left.")
    {
        Wider = ["What is left in {name}'s purse, in dollars?", "In the end, how much money remains?", "How many dollars remain for {name}?", "Count the dollars that {name} has now.", "How much money does {name} have left?", "How many dollars does {name} have left?"],
    };
    private static readonly Phrasings AskSpent = new("prices.ask-spent",
        ["How many dollars does {name} pay in total?", "How much money does {name} spend in all?", "Find how many dollars {name} spends in total."],
        "How much money does {name} pay in all?")
    {
        Wider = ["What is the sum that {name} pays, in dollars?", "How many dollars do all these things cost {name}?", "How large is {name}'s bill in dollars?", "Taken together, how many dollars does {name} spend?", "How much does {name} pay altogether?", "What is the total cost in dollars?", "How much does it cost {name} in total?"],
    };

    public static readonly ProblemFamily Family = new("prices", Draw, [Saved, Work, Wage, Income, Buy, Price, Spend, Discount, AskLeft, AskSpent]);

    private static void Draw(ProblemDraft draft)
    {
        draft.Limit = 250;
        if (draft.Random.Chance(0.35))
            Bill(draft);
        else
            Purse(draft);
    }

    /// <summary>What several purchases cost together.</summary>
    private static void Bill(ProblemDraft draft)
    {
        string name = draft.NewName();
        Quantity? total = null;
        List<(string, Quantity)> costs = [];
        for (int steps = 0; steps < draft.Steps;)
        {
            var (cost, label, used) = Purchase(draft, name, draft.Steps - steps, 120);
            steps += used + (costs.Count > 0 ? 1 : 0);
            costs.Add((label, cost));
        }
        Unbought(draft);
        Distractors.Add(draft, name, null);
        draft.Ask(AskSpent, "how much money {name} spends", ("name", name));
        foreach (var (_, cost) in costs)
            total = total is null ? cost : draft.Add("total", total, cost);
        draft.Is(total!);
        draft.Hint = "find the cost of each thing before adding the costs";
    }

    /// <summary>What is left of the money after a day.</summary>
    private static void Purse(ProblemDraft draft)
    {
        var random = draft.Random;
        string name = draft.NewName();
        Quantity money;
        int steps = 0;
        if (draft.Steps > 1 && random.Chance(0.4))
        {
            (money, _) = Earn(draft, name);
            steps = 1;
        }
        else
        {
            money = draft.Number(20, 120);
            draft.Tell(Saved, "how many dollars {name} had at first", ("name", name), ("n", money));
        }
        bool traded = false;
        for (; steps < draft.Steps && !draft.Failed;)
        {
            int room = draft.Steps - steps;
            if (room >= 2 && money.Value > 14 && (!traded || random.Chance(0.5)))
            {
                var (cost, _, used) = Purchase(draft, name, room - 1, money.Value - 2);
                money = draft.Subtract("money", money, cost);
                steps += used + 1;
                traded = true;
            }
            else if (room >= 2 && money.Value < 110 && random.Chance(0.3))
            {
                (var wage, _) = Earn(draft, name);
                money = draft.Add("money", money, wage);
                steps += 2;
            }
            else if (money.Value > 20 && random.Chance(0.5))
            {
                var spent = draft.Number(2, money.Value * 2 / 3);
                draft.Tell(Spend, "how many dollars {name} pays", ("name", name), ("n", spent), ("single", draft.NewObject().One));
                money = draft.Subtract("money", money, spent);
                steps++;
            }
            else
            {
                var income = draft.Number(3, 60);
                draft.Tell(Income, "how many dollars {name} got", ("name", name), ("n", income), ("single", draft.NewObject().One));
                money = draft.Add("money", money, income);
                steps++;
            }
        }
        Unbought(draft);
        Distractors.Add(draft, name, null);
        draft.Ask(AskLeft, "how much money {name} has", ("name", name));
        draft.Is(money);
        draft.Hint = traded ? "find the cost of a purchase before taking it from the money" : "go through what happens one change at a time";
    }

    private static (Quantity Wage, int Steps) Earn(ProblemDraft draft, string name)
    {
        Quantity hours = draft.Number(2, 9), wage = draft.Number(4, 19);
        string job = draft.NewJob();
        draft.Tell(Work, "how many hours {name} works", ("name", name), ("k", hours), ("job", job));
        var earned = draft.Multiply("earned", hours, wage);
        draft.State(Wage, "how many dollars an hour {job} brings", ("n", wage), ("job", job));
        return (earned, 1);
    }

    /// <summary>Some pieces at a price, in a sale when there is room for its step.</summary>
    private static (Quantity Cost, string Label, int Steps) Purchase(ProblemDraft draft, string name, int room, int most)
    {
        var good = draft.NewObject();
        var count = draft.Number(2, Math.Min(9, most / 2));
        bool sale = room >= 2 && draft.Random.Chance(0.3);
        var price = draft.Number(sale ? 5 : 2, Math.Min(24, most / count.Value));
        draft.Tell(Buy, "how many {goods} {name} buys", ("name", name), ("k", count), ("goods", good.Many));
        if (!sale)
        {
            var cost = draft.Multiply(good.Many, count, price);
            draft.State(Price, "how much one {good} costs", ("good", good.One), ("n", price));
            return (cost, good.Many, 1);
        }
        var off = draft.Number(2, price.Value / 2);
        draft.State(Price, "how much one {good} costs", ("good", good.One), ("n", price));
        draft.Tell(Discount, "how much less each {good} costs", ("name", name), ("good", good.One), ("n", off));
        var reduced = draft.Subtract("price", price, off);
        return (draft.Multiply(good.Many, count, reduced), good.Many, 2);
    }

    /// <summary>Prices of what nobody buys, and hours of someone else.</summary>
    private static void Unbought(ProblemDraft draft)
    {
        if (draft.DistractorsLeft > 0)
            draft.Distract(Price, ("good", draft.NewObject().One), ("n", draft.Number(2, 30)));
        if (draft.DistractorsLeft > 1)
            draft.Distract(Work, ("name", draft.NewName()), ("k", draft.Number(2, 9)), ("job", draft.NewJob()));
    }
}
