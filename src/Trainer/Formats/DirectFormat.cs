using InferenceServer.Plugins;
using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Formats;

/// <summary>Question, steps, answer. One in ten has a system line that asks for nothing special.</summary>
[Plugin("direct", "Question, steps, answer.")]
public sealed class DirectFormat : ITrainingFormat
{
    public static readonly string[] NeutralSystemLines = ["Solve the problem.", "Think step by step.", "You are a helpful assistant."];

    public FormattedProblem Write(WordProblem problem, HintBook hints, ProblemRandom random) =>
        new(FormattedProblem.Ask(random.Chance(0.1) ? random.Pick(NeutralSystemLines) : null, problem.Question), "", problem.Solution);
}
