namespace InferenceServer.Trainer.Tasks;

/// <summary>A row of jobs that take time: how long they take together, what is left of the time there is, or when they are done.</summary>
public static class Times
{
    private static readonly Phrasings Takes = new("times.takes",
        ["It takes {name} {n} minutes to {chore}.", "{name} needs {n} minutes to {chore}.", "To {chore} takes {name} {n} minutes."],
        "To {chore}, {name} needs {n} minutes.")
    {
        Wider = ["{name} can {chore} in {n} minutes.", "{n} minutes is what {name} needs to {chore}.", "The time that it takes {name} to {chore} is {n} minutes."],
    };
    private static readonly Phrasings Longer = new("times.longer",
        ["It takes {name} {n} minutes longer to {chore} than to {earlier}.", "To {chore} takes {n} minutes longer than to {earlier}.", "{name} needs {n} minutes more to {chore} than to {earlier}."],
        "To {chore}, {name} needs {n} minutes more than to {earlier}.")
    {
        Wider = ["To {chore} is {n} minutes slower than to {earlier}.", "If {name} has to {chore}, it takes {n} minutes more than to {earlier}.", "The time to {chore} is {n} minutes above the time to {earlier}."],
    };
    private static readonly Phrasings Shorter = new("times.shorter",
        ["It takes {name} {n} minutes less to {chore} than to {earlier}.", "To {chore} takes {n} minutes less than to {earlier}."],
        "{name} needs {n} minutes less to {chore} than to {earlier}.")
    {
        Wider = ["To {chore} is {n} minutes faster than to {earlier}.", "If {name} has to {chore}, it takes {n} minutes less than to {earlier}.", "The time to {chore} is {n} minutes below the time to {earlier}."],
    };
    private static readonly Phrasings Multiple = new("times.multiple",
        ["It takes {name} {k} times as long to {chore} as to {earlier}.", "To {chore} takes {k} times as long as to {earlier}."],
        "{name} needs {k} times as long to {chore} as to {earlier}.")
    {
        Wider = ["The time to {chore} is {k} times the time to {earlier}.", "If {name} has to {chore}, it takes {k} times what it takes to {earlier}.", "Take the time to {earlier} {k} times, and it is the time to {chore}."],
    };
    private static readonly Phrasings Half = new("times.half",
        ["It takes {name} half as long to {chore} as to {earlier}.", "To {chore} takes half as long as to {earlier}."],
        "{name} needs half as long to {chore} as to {earlier}.")
    {
        Wider = ["The time to {chore} is half of the time to {earlier}.", "If {name} has to {chore}, it takes half of what it takes to {earlier}.", "{name} can {chore} in half the time that it takes to {earlier}."],
    };
    private static readonly Phrasings PlanOne = new("times.plan-one",
        ["{name} has to {a}.", "{name} wants to {a}.", "Today {name} will {a}."],
        "Today {name} has to {a}.")
    {
        Wider = ["{name} is asked to {a}.", "{name}'s work today is to {a}.", "{name} is about to {a}."],
    };
    private static readonly Phrasings PlanTwo = new("times.plan-two",
        ["{name} has to {a} and then to {b}.", "First {name} will {a} and then {b}.", "{name} wants to {a} and after that to {b}."],
        "{name} has to {a} and after that to {b}.")
    {
        Wider = ["{name} is asked to {a} and to {b}.", "{name}'s work today is to {a} and to {b}.", "{name} is about to {a}, and to {b} after it."],
    };
    private static readonly Phrasings PlanThree = new("times.plan-three",
        ["{name} has to {a}, then to {b} and then to {c}.", "First {name} will {a}, then {b} and at the end {c}.", "{name} wants to {a}, after that to {b} and at the end to {c}."],
        "{name} wants to {a}, then to {b} and then to {c}.")
    {
        Wider = ["{name} is asked to {a}, to {b} and to {c}.", "{name}'s work today is to {a}, to {b} and to {c}.", "{name} is about to {a}, and to {b} and to {c} after it."],
    };
    private static readonly Phrasings Budget = new("times.budget",
        ["The bus leaves in {n} minutes.", "{name} has {n} minutes before the bus comes.", "There are {n} minutes left before the party starts.", "In {n} minutes the shop closes."],
        "The shop closes in {n} minutes.", "{name} has {n} minutes before the party starts.")
    {
        Wider = ["{name}'s train goes in {n} minutes.", "{name} may take {n} minutes before school begins.", "It is {n} minutes until dinner.", "A friend will be here in {n} minutes."],
    };
    private static readonly Phrasings Begin = new("times.begin",
        ["{name} begins {n} minutes after 3 o'clock.", "{name} starts at {n} minutes past 3.", "At {n} minutes past 3 {name} begins."],
        "{name} starts {n} minutes after 3 o'clock.")
    {
        Wider = ["It is {n} minutes past 3 when {name} begins.", "{name}'s work begins {n} minutes after 3 o'clock."],
    };
    private static readonly Phrasings AskTotal = new("times.ask-total",
        ["How many minutes does {name} need for this?", "How many minutes does this take in all?", "Find how many minutes {name} needs in total."],
        "How many minutes does {name} need in all?")
    {
        Wider = ["Taken together, how many minutes does {name} spend?", "What do these minutes add up to for {name}?", "Count the minutes that {name} needs."],
    };
    private static readonly Phrasings AskLeft = new("times.ask-left",
        ["How many minutes are left when {name} is done?", "How many minutes does {name} have left after that?", "Find how many minutes are left at the end."],
        "How many minutes are left after that?")
    {
        Wider = ["How many minutes remain for {name} in the end?", "By how many minutes is {name} early?", "Count the minutes that {name} has left."],
    };
    private static readonly Phrasings AskDone = new("times.ask-done",
        ["How many minutes after 3 o'clock is {name} done?", "At how many minutes past 3 is {name} done?"],
        "Find how many minutes after 3 o'clock {name} is done.")
    {
        Wider = ["Counted in minutes after 3 o'clock, when is {name} done?", "How many minutes past 3 is it when {name} is done?", "When {name} is done, how many minutes is it after 3 o'clock?"],
    };

    public static readonly ProblemFamily Family = new("times", Draw, [Takes, Longer, Shorter, Multiple, Half, PlanOne, PlanTwo, PlanThree, Budget, Begin, AskTotal, AskLeft, AskDone]);

    private static void Draw(ProblemDraft draft)
    {
        var random = draft.Random;
        draft.Limit = 250;
        string name = draft.NewName();
        // 0: total; 1: what is left of a budget; 2: when they are done.
        int scene = random.Between(0, 2);
        int jobs = Math.Min(3, scene == 0 ? draft.Steps : random.Between(1, draft.Steps)), folds = jobs - (scene == 0 ? 1 : 0);
        int relations = draft.Steps - folds;
        string[] chores = random.PickSome(Words.Chores, relations + 3);
        List<(string Chore, Quantity Time)> known = [];
        Plan(draft, name, chores, random, out int[] order, jobs, relations);

        var first = draft.Number(4, 40);
        draft.State(Takes, "how long it takes {name} to {chore}", ("name", name), ("chore", chores[0]), ("n", first));
        known.Add((chores[0], first));
        for (int i = 1; i <= relations; i++)
            known.Add((chores[i], Relate(draft, name, chores[i], known)));
        while (known.Count <= order.Max())
        {
            var told = draft.Number(4, 40);
            draft.State(Takes, "how long it takes {name} to {chore}", ("name", name), ("chore", chores[known.Count]), ("n", told));
            known.Add((chores[known.Count], told));
        }
        if (draft.DistractorsLeft > 0)
            draft.Distract(Takes, ("name", name), ("chore", chores[^1]), ("n", draft.Number(4, 40)));

        Quantity? sum = null;
        if (scene > 0)
        {
            int need = order.Sum(i => known[i].Time.Value);
            sum = scene == 1 ? draft.Number(need + 3, need + 40) : draft.Number(3, 50);
            draft.State(scene == 1 ? Budget : Begin, scene == 1 ? "how many minutes there are" : "when {name} begins", ("name", name), ("n", sum));
        }
        Distractors.Add(draft, name, null);
        draft.Ask(scene switch { 0 => AskTotal, 1 => AskLeft, _ => AskDone }, null, ("name", name));
        foreach (int job in order)
            sum = sum is null ? known[job].Time : scene == 1 ? draft.Subtract("left", sum, known[job].Time) : draft.Add(scene == 0 ? "total" : "time", sum, known[job].Time);
        draft.Is(sum!);
        draft.Hint = relations > 0 ? "find how long each job takes before adding" : scene == 1 ? "take the jobs from the time one after the other" : "add the jobs one after the other";
    }

    /// <summary>Says which jobs are to be done; the last of the related ones is always among them.</summary>
    private static void Plan(ProblemDraft draft, string name, string[] chores, ProblemRandom random, out int[] order, int jobs, int relations)
    {
        int[] others = random.PickSome([.. Enumerable.Range(0, Math.Max(relations, jobs - 1))], jobs - 1);
        order = [.. others, Math.Max(relations, jobs - 1)];
        random.Shuffle(order);
        var kind = jobs switch { 1 => PlanOne, 2 => PlanTwo, _ => PlanThree };
        draft.State(kind, null, [("name", name), .. order.Select((job, i) => (((string[])["a", "b", "c"])[i], (object)chores[job]))]);
    }

    private static Quantity Relate(ProblemDraft draft, string name, string chore, List<(string Chore, Quantity Time)> known)
    {
        var (earlier, time) = known[^1];
        (string, object)[] slots = [("name", name), ("chore", chore), ("earlier", earlier)];
        const string Unknown = "how long it takes {name} to {chore}";
        switch (draft.Random.Between(0, 5))
        {
            case 0 when time.Value < 20:
                var times = draft.Number(2, 4);
                draft.State(Multiple, null, [.. slots, ("k", times)]);
                return draft.Multiply(Label(chore), times, time);
            case 1 when time.Value % 2 == 0 && time.Value > 8:
                draft.State(Half, null, slots);
                return draft.Divide(Label(chore), time, ProblemDraft.Known(2));
            case 2 or 3 when time.Value > 8:
                var less = draft.Number(2, time.Value - 3);
                draft.State(Shorter, Unknown, [.. slots, ("n", less)]);
                return draft.Subtract(Label(chore), time, less);
            default:
                var more = draft.Number(2, 30);
                draft.State(Longer, Unknown, [.. slots, ("n", more)]);
                return draft.Add(Label(chore), time, more);
        }
    }

    /// <summary>The last word: what is washed, fed or cooked.</summary>
    private static string Label(string chore) => chore[(chore.LastIndexOf(' ') + 1)..];
}
