namespace InferenceServer.Trainer.Tasks;

/// <summary>
/// Makes a question unanswerable that was not: a needed number becomes "several", a needed fact is gone or contradicted, or the question is about someone or
/// something that the story does not mention.
/// </summary>
public static class Unanswerable
{
    /// <summary>The problem, or null when the draft offers no way.</summary>
    public static WordProblem? Make(ProblemDraft draft, string family)
    {
        List<Func<WordProblem>> ways = [];
        foreach (var sentence in draft.Story)
        {
            if (sentence.Unknown is not { } unknown || Needed(draft, sentence) is not { } slot)
                continue;
            string missing = Template.Fill(unknown, sentence.Slots);
            // One looks a number up when a step needs it, and what is missing shows there.
            var until = Derivation.Of(draft.Answer, (Quantity)sentence.Slots.First(s => s.Slot == slot).Value, sentence);
            ways.Add(() => draft.FinishUnanswerable(family, [.. draft.Story.Select(s => s == sentence ? Vague(draft, s, slot) : s)], draft.Question, missing, until) with { Why = UnanswerableKind.VagueNumber });
            if (sentence.IsFact)
            {
                ways.Add(() => draft.FinishUnanswerable(family, [.. draft.Story.Where(s => s != sentence)], draft.Question, missing, until) with { Why = UnanswerableKind.FactLeftOut });
                ways.Add(() => draft.FinishUnanswerable(family, Contradicted(draft, sentence, slot), draft.Question, missing, until) with { Why = UnanswerableKind.Contradiction });
            }
        }
        // As often as the other ways together, else long stories would hardly ever do it.
        if (draft.Question.Unknown is not null && (ways.Count == 0 || draft.Random.Chance(0.3)))
            return AboutAnother(draft, family);
        return ways.Count > 0 ? draft.Random.Pick(ways)() : null;
    }

    /// <summary>The slot of the sentence's number if the answer changes with it. Some do not: "5 more" is the difference whatever the smaller number.</summary>
    private static string? Needed(ProblemDraft draft, Sentence sentence)
    {
        var number = sentence.Slots.Where(s => s.Slot is "n" or "k" && sentence.Template.Text.Contains('{' + s.Slot + '}', StringComparison.Ordinal)).OrderByDescending(s => s.Slot).FirstOrDefault();
        return number.Value is Quantity quantity && Math.Abs(draft.Answer.ValueIfLarger(quantity) - draft.Answer.Value) > 1e-9 ? number.Slot : null;
    }

    private static Sentence Vague(ProblemDraft draft, Sentence sentence, string slot) =>
        sentence.With(sentence.Template, (slot, ProblemDraft.VagueNumber(draft.Random, sentence.Template)));

    /// <summary>The same fact again, in the same words and with another number.</summary>
    private static List<Sentence> Contradicted(ProblemDraft draft, Sentence sentence, string slot)
    {
        int told = ((Quantity)sentence.Slots.First(s => s.Slot == slot).Value).Value;
        int other = told + draft.Random.Between(1, 9);
        List<Sentence> story = [.. draft.Story];
        story.Insert(draft.Random.Between(0, story.Count), sentence.With(sentence.Template, (slot, Quantity.Given(other))));
        return story;
    }

    private static WordProblem? AboutAnother(ProblemDraft draft, string family)
    {
        var question = draft.Question;
        string[] swappable = [.. ((string[])["name", "friend", "other", "object"]).Where(slot => question.Template.Text.Contains('{' + slot + '}', StringComparison.Ordinal))];
        if (swappable.Length == 0)
            return null;
        string swapped = draft.Random.Pick(swappable);
        (string, object) change = (swapped, swapped == "object" ? draft.NewObject().Many : draft.NewName());
        var changed = question.With(question.Template, change);
        // What is unknown is about the newcomer, whichever part of the question they took.
        (string, object)[] slots = swapped == "other" ? [("name", change.Item2), .. changed.Slots] : [.. changed.Slots];
        return draft.FinishUnanswerable(family, draft.Story, changed, Template.Fill(question.Unknown!, slots), null) with { Why = UnanswerableKind.NeverMentioned };
    }
}
