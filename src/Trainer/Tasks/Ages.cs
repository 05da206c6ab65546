namespace InferenceServer.Trainer.Tasks;

/// <summary>Ages told in terms of one another, now and in other years. Kept out of training as a whole.</summary>
public static class Ages
{
    private static readonly Phrasings Base = new("ages.base", ["{name} is {n} years old.", "{name} is now {n} years old.", "The age of {name} is {n} years."]);
    private static readonly Phrasings Older = new("ages.older", ["{name} is {n} years older than {other}.", "Compared with {other}, {name} is {n} years older.", "{other} is {n} years younger than {name}."]);
    private static readonly Phrasings Younger = new("ages.younger", ["{name} is {n} years younger than {other}.", "Compared with {other}, {name} is {n} years younger.", "{other} is {n} years older than {name}."]);
    private static readonly Phrasings Times = new("ages.times", ["{name} is {k} times as old as {other}.", "Compared with {other}, {name} is {k} times as old."]);
    private static readonly Phrasings Half = new("ages.half", ["{name} is half as old as {other}.", "{other} is twice as old as {name}."]);
    private static readonly Phrasings Ask = new("ages.ask", ["How old is {name}?", "How old is {name} now?", "Find how old {name} is."]);
    private static readonly Phrasings AskLater = new("ages.ask-later", ["How old will {name} be in {n} years?", "In {n} years, how old will {name} be?"]);
    private static readonly Phrasings AskEarlier = new("ages.ask-earlier", ["How old was {name} {n} years ago?", "Find how old {name} was {n} years ago."]);
    private static readonly Phrasings AskTotal = new("ages.ask-total", ["How old are {name} and {other} together?", "What is the sum of {name}'s age and {other}'s age?"]);
    private static readonly Phrasings AskDifference = new("ages.ask-difference", ["How many years older is {name} than {other}?", "What is the difference between {name}'s age and {other}'s age?"]);

    public static readonly ProblemFamily Family = new("ages", Draw, [Base, Older, Younger, Times, Half, Ask, AskLater, AskEarlier, AskTotal, AskDifference]);

    private static void Draw(ProblemDraft draft)
    {
        var random = draft.Random;
        draft.Limit = 95;
        int final = draft.Steps > 1 ? 1 : 0, relations = draft.Steps - final;
        List<(string Name, Quantity Age)> people = [(draft.NewName(), draft.Number(6, 40))];
        draft.State(Base, "how old {name} is", ("name", people[0].Name), ("n", people[0].Age));
        for (int i = 0; i < relations && !draft.Failed; i++)
            people.Add(Relate(draft, people[^1].Name, people[^1].Age));
        var (name, age) = people[^1];
        var (other, others) = people[random.Between(0, people.Count - 2)];
        switch (final == 0 ? 0 : random.Between(1, 4))
        {
            case 0:
                draft.Ask(Ask, "how old {name} is", ("name", name));
                draft.Is(age);
                break;
            case 1:
                var later = draft.Number(2, 12);
                draft.Ask(AskLater, "how old {name} is", ("name", name), ("n", later));
                draft.Is(draft.Add(name, age, later));
                break;
            case 2:
                var ago = draft.Number(2, Math.Min(12, age.Value - 1));
                draft.Ask(AskEarlier, "how old {name} is", ("name", name), ("n", ago));
                draft.Is(draft.Subtract(name, age, ago));
                break;
            case 3:
                draft.Ask(AskTotal, "how old {name} is", ("name", name), ("other", other));
                draft.Is(draft.Add("total", age, others));
                break;
            default:
                bool ahead = age.Value > others.Value;
                draft.Ask(AskDifference, "how old {name} is", ("name", ahead ? name : other), ("other", ahead ? other : name));
                draft.Is(ahead ? draft.Subtract("difference", age, others) : draft.Subtract("difference", others, age));
                break;
        }
        draft.Hint = "start with the person whose age is told and go from one to the next";
        Distractors.Add(draft, draft.NewName(), null);
    }

    private static (string Name, Quantity Age) Relate(ProblemDraft draft, string other, Quantity known)
    {
        string name = draft.NewName();
        (string, object)[] slots = [("name", name), ("other", other)];
        switch (draft.Random.Between(0, 5))
        {
            case 0 when known.Value is > 3 and < 22:
                var times = draft.Number(2, known.Value < 14 ? 4 : 3);
                draft.State(Times, null, [.. slots, ("k", times)]);
                return (name, draft.Multiply(name, times, known));
            case 1 when known.Value % 2 == 0 && known.Value > 9:
                draft.State(Half, null, slots);
                return (name, draft.Divide(name, known, ProblemDraft.Known(2)));
            case 2 or 3 when known.Value > 12:
                var younger = draft.Number(2, known.Value - 6);
                draft.State(Younger, "how old {name} is", [.. slots, ("n", younger)]);
                return (name, draft.Subtract(name, known, younger));
            default:
                var older = draft.Number(2, 25);
                draft.State(Older, "how old {name} is", [.. slots, ("n", older)]);
                return (name, draft.Add(name, known, older));
        }
    }
}
