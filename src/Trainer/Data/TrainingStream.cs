using InferenceServer.Trainer.Formats;
using InferenceServer.Trainer.Recipes;
using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Data;

/// <summary>One example of the stream.</summary>
/// <param name="Kind">The format's name, or <see cref="TrainingStream.Countdown"/>.</param>
/// <param name="Question">The problem without the format.</param>
public sealed record TrainingExample(string Kind, string Question, FormattedProblem Text);

/// <summary>
/// What the decoder is trained on: word problems in several formats and countdown problems, mixed as the recipe says, the easy tiers alone at first. An example is a
/// function of (seed, index), so a resumed run goes on with the examples it would have seen.
/// </summary>
public sealed class TrainingStream
{
    public const string Countdown = "countdown";

    private readonly DataRecipe _recipe;
    private readonly long _easyUntil;
    private readonly WordProblemTask _words;
    private readonly CountdownTask _countdown;
    private readonly HintBook _hints;

    /// <param name="examples">Length of the training, in examples; the recipe's easy share is of these.</param>
    /// <param name="heldOut">Questions that must not occur.</param>
    public TrainingStream(DataRecipe recipe, long examples, IReadOnlySet<string> heldOut)
    {
        _recipe = recipe;
        _easyUntil = (long)(recipe.EasyShare * examples);
        _words = new(recipe.TrainingSeed, Split.Training, heldOut);
        _countdown = new(recipe.TrainingSeed, heldOut);
        _hints = HintBook.Of(_words);
    }

    /// <summary>The kinds that occur.</summary>
    public IEnumerable<string> Kinds => [TrainingFormats.Direct, .. _recipe.FormatShares.Keys, Countdown];

    public TrainingExample Example(long index)
    {
        var random = new ProblemRandom(_recipe.TrainingSeed ^ 0xF0, (ulong)index);
        return Example(index, Kind(random), random);
    }

    public IEnumerable<TrainingExample> Examples(long start, int count) => Enumerable.Range(0, count).Select(i => Example(start + i));

    /// <summary>Examples of one kind only, to look at.</summary>
    public IEnumerable<TrainingExample> Examples(string kind, long start, int count)
    {
        for (long index = start; count > 0; index++)
        {
            var example = Example(index, kind, new ProblemRandom(_recipe.TrainingSeed ^ 0xF1, (ulong)index));
            if (example.Kind != kind)
                continue;
            count--;
            yield return example;
        }
    }

    private TrainingExample Example(long index, string kind, ProblemRandom random)
    {
        if (kind == Countdown)
        {
            var countdown = _countdown.Problem(index);
            return new(kind, countdown.Question, new(FormattedProblem.Ask(null, countdown.Question), "", countdown.Solution));
        }
        // A position anywhere in the endless stream, drawn again until the tier is one of this part of the training.
        WordProblem problem;
        do
            problem = _words.Problem((long)(random.NextBits() >> 2));
        while (index < _easyUntil && problem.Tier > _recipe.EasyTiers);
        return TrainingFormats.All[kind].Write(problem, _hints, random) is { } text
            ? new(kind, problem.Question, text)
            : new(TrainingFormats.Direct, problem.Question, TrainingFormats.All[TrainingFormats.Direct].Write(problem, _hints, random)!);
    }

    private string Kind(ProblemRandom random)
    {
        double at = (random.NextBits() >> 11) * (1.0 / (1UL << 53)) - _recipe.CountdownShare;
        if (at < 0)
            return Countdown;
        // In order of name, so that the order in the recipe's file does not matter.
        foreach (var (name, share) in _recipe.FormatShares.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            at -= share;
            if (at < 0)
                return name;
        }
        return TrainingFormats.Direct;
    }
}
