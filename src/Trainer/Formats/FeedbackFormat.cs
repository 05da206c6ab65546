using System.Globalization;
using System.Text.RegularExpressions;
using InferenceServer.Modeling.Text;
using InferenceServer.Plugins;
using InferenceServer.Strategies.Feedback;
using InferenceServer.Trainer.Tasks;

namespace InferenceServer.Trainer.Formats;

/// <summary>
/// A wrong attempt, feedback on it, and the corrected solution (for retries after a verifier's verdict, arXiv:2506.11930, and for HEART's tones, arXiv:2509.22876).
/// The feedback names the wrong step, says that the answer is wrong, or is a verifier's own sentence, the task's or the server's; a short sentence in some tone may
/// come first. Three in ten of the conversations take two rounds.
/// </summary>
[Plugin("feedback", "A wrong attempt, feedback, and the corrected solution.", Paper = "arXiv:2506.11930")]
public sealed partial class FeedbackFormat : ITrainingFormat
{
    public const string AnswerIsWrong = "The answer is wrong.";

    /// <summary>The same of the server's verifiers that know the reference.</summary>
    public const string FinalAnswerIsWrong = "The final answer is wrong.";

    private const double ToneShare = 0.4;
    private const double TwoRoundsShare = 0.3;

    public FormattedProblem? Write(WordProblem problem, HintBook hints, ProblemRandom random)
    {
        List<ChatMessage> messages = [new(FormattedProblem.User, problem.Question)];
        int rounds = random.Chance(TwoRoundsShare) ? 2 : 1;
        string? before = null;
        for (int round = 0; round < rounds; round++)
        {
            string? attempt = Attempt(problem, random, out var flaw);
            // A second attempt that repeats the first teaches to repeat.
            if (attempt is null || attempt == before)
                break;
            before = attempt;
            string feedback = Feedback(problem, attempt, flaw, random);
            if (random.Chance(ToneShare))
                feedback = $"{random.Pick(FeedbackPhrases.BuiltIn[random.Pick(FeedbackPhrases.Tones)])} {feedback}";
            messages.AddRange(Round(attempt, feedback));
        }
        return messages.Count == 1 ? null : new(messages, "", problem.Solution);
    }

    /// <summary>An attempt and the feedback on it, to come after the question or another round.</summary>
    public static ChatMessage[] Round(string attempt, string feedback) => [new(FormattedProblem.Assistant, attempt), new(FormattedProblem.User, feedback)];

    /// <summary>Feedback that names a step.</summary>
    /// <param name="step">From 0.</param>
    public static string StepIsWrong(int step) => string.Create(CultureInfo.InvariantCulture, $"Step {step + 1} is wrong.");

    // Mostly a flawed solution; now and then the model gave up on a question that has an answer.
    private static string? Attempt(WordProblem problem, ProblemRandom random, out FlawedSolution? flaw)
    {
        flaw = null;
        if (problem.Answer is not null && random.Chance(0.05))
            return WordProblem.AnswerMark + WordProblem.Unknown;
        flaw = SolutionFlaw.Plant(problem, random);
        return flaw?.Solution;
    }

    private static string Feedback(WordProblem problem, string attempt, FlawedSolution? flaw, ProblemRandom random)
    {
        string answerIsWrong = random.Chance(0.5) ? AnswerIsWrong : FinalAnswerIsWrong;
        return (flaw is null ? 9 : random.Between(0, 9)) switch
        {
            < 3 when flaw!.Step < flaw.Steps.Count => StepIsWrong(flaw.Step),
            < 6 when flaw!.Kind != FlawKind.Guess => StepVerifier.Grade(problem, attempt).Feedback is { } feedback ? random.Chance(0.5) ? feedback : AsServer(feedback) : answerIsWrong,
            _ => answerIsWrong,
        };
    }

    // The server's verifier of steps says "Step 2 is wrong: 3*4 is not 13." where the task's says "Step 2: 3*4 is not 13.".
    private static string AsServer(string feedback) => StepColon().Replace(feedback, "$1 is wrong:");

    [GeneratedRegex(@"^(Step \d+):")]
    private static partial Regex StepColon();
}
