using System.Text.RegularExpressions;
using InferenceServer.Modeling.Text;
using InferenceServer.Strategies.Feedback;
using InferenceServer.Trainer.Formats;
using InferenceServer.Trainer.Tasks;
using InferenceServer.Trainer.Tokenizing;

namespace InferenceServer.Trainer.Tests;

public sealed class TrainingFormatTests
{
    private static readonly WordProblemTask Task = new(7);
    private static readonly WordProblem[] Problems = [.. Task.Problems(0, 400)];
    private static readonly HintBook Hints = HintBook.Of(Task);

    public static TheoryData<string> Names => [.. TrainingFormats.All.Names];

    private static IEnumerable<(WordProblem Problem, FormattedProblem Text)> Written(string format) => Problems
        .Select((problem, i) => (problem, text: TrainingFormats.All[format].Write(problem, Hints, new ProblemRandom(3, (ulong)i))))
        .Where(pair => pair.text is not null).Select(pair => (pair.problem, pair.text!));

    [Theory]
    [MemberData(nameof(Names))]
    public void Write_AnyFormat_EndsInAWorkedSolution(string format)
    {
        int count = 0;
        foreach (var (problem, text) in Written(format))
        {
            count++;
            // The completion as a whole, once what the format adds and what was taken back is left out.
            var verdict = StepVerifier.Grade(problem, SolutionLines.Settled(text.Given + text.Target));
            Assert.True(verdict.Passed, $"{text.Prompt}[[{text.Target}]]\n{verdict.Feedback}");
            Assert.Equal(FormattedProblem.User, text.Messages[^1].Role);
        }
        Assert.InRange(count, format == "hint" ? 200 : 300, Problems.Length);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Write_AnyFormat_ReadsAsTheServerRendersIt(string format)
    {
        foreach (var (_, text) in Written(format).Take(50))
        {
            // By hand: role, text, line break; nothing of the text is lost to trimming, or the model would train on another text than it is served.
            string expected = string.Concat(text.Messages.Select(m => $"<|{m.Role}|>{m.Content}\n")) + ChatFormat.Assistant + text.Given;
            Assert.Equal(expected, text.Prompt);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Write_SameRandomness_WritesTheSame(string format) =>
        Assert.Equal(Written(format).Take(20).Select(pair => pair.Text.Prompt + pair.Text.Target), Written(format).Take(20).Select(pair => pair.Text.Prompt + pair.Text.Target));

    [Fact]
    public void Echo_AtTheStartOrInTheMiddle_RestatesTheQuestion()
    {
        var written = Written("echo").ToList();
        Assert.All(written, pair => Assert.Contains($"{EchoFormat.Mark} {pair.Problem.Question}\n", pair.Text.Given + pair.Text.Target));
        var middle = written.Where(pair => pair.Text.Given.Length > 0).ToList();
        Assert.InRange(middle.Count, 80, 220);
        Assert.All(middle, pair => Assert.EndsWith("\n" + EchoFormat.Mark, pair.Text.Given));
        Assert.InRange(middle.Count(pair => pair.Text.Target.Contains(RecoveryFormat.CheckMark)), 20, middle.Count / 2);
        Assert.All(written.Except(middle), pair => Assert.Equal(new ChatMessage("system", EchoFormat.SystemLine), pair.Text.Messages[0]));
    }

    [Fact]
    public void Hint_AboutThreeQuarters_FitTheProblem()
    {
        var written = Written("hint").ToList();
        int right = 0;
        foreach (var (problem, text) in written)
        {
            string[] lines = text.Messages[^1].Content.Split('\n');
            Assert.Equal(problem.Question, lines[^1]);
            Assert.InRange(lines.Length, 2, HintFormat.MostHints + 1);
            Assert.All(lines[..^1], line => Assert.StartsWith(HintFormat.Mark + " ", line));
            if (lines.Contains($"{HintFormat.Mark} {problem.Hint}") || lines[0] == $"{HintFormat.Mark} {HintFormat.Plan(problem)}")
                right++;
        }
        Assert.InRange((double)right / written.Count, 0.65, 0.85);
    }

    [Fact]
    public void Feedback_Attempts_AreWrongWhereTheFeedbackSays()
    {
        int named = 0, rounds = 0, toned = 0, server = 0;
        foreach (var (problem, text) in Written("feedback"))
        {
            rounds += text.Messages.Count > 3 ? 1 : 0;
            for (int i = 1; i < text.Messages.Count; i += 2)
            {
                string attempt = text.Messages[i].Content, feedback = text.Messages[i + 1].Content;
                var verdict = StepVerifier.Grade(problem, attempt);
                Assert.False(verdict.AnswerCorrect);
                toned += FeedbackPhrases.Tones.SelectMany(tone => FeedbackPhrases.BuiltIn[tone]).Any(feedback.StartsWith) ? 1 : 0;
                if (Regex.Match(feedback, @"Step (\d+)( is wrong[.:]|:)") is { Success: true } step)
                {
                    named++;
                    server += step.Groups[2].Value == " is wrong:" ? 1 : 0;
                    Assert.Equal(verdict.FirstWrongStep + 1, int.Parse(step.Groups[1].Value));
                }
                else
                {
                    Assert.EndsWith("answer is wrong.", feedback, StringComparison.Ordinal);
                    server += feedback.EndsWith(FeedbackFormat.FinalAnswerIsWrong, StringComparison.Ordinal) ? 1 : 0;
                }
            }
        }
        Assert.InRange(named, 100, 400);
        // In the words of the server's own verifiers.
        Assert.InRange(server, 60, 300);
        Assert.InRange(rounds, 60, 180);
        Assert.InRange(toned, 100, 300);
    }

    [Fact]
    public void Recovery_GivenPrefix_HasOneWrongStepAndDoesNotSaySo()
    {
        foreach (var (problem, text) in Written("recovery"))
        {
            Assert.DoesNotMatch("(?i)wrong|mistake|check", text.Given);
            Assert.EndsWith("\n", text.Given);
            int claimed = int.Parse(RecoveryFormat.CheckPattern().Match(text.Target.Split('\n')[0]).Groups[1].Value) - 1;
            var verdict = StepVerifier.Grade(problem, text.Given + WordProblem.AnswerMark + "0");
            Assert.Equal(claimed, verdict.FirstWrongStep);
            Assert.InRange(text.Given.Count(c => c == '\n') - claimed, 1, 2);
        }
    }

    [Fact]
    public void Preview_GivenNumbers_AreOfTheQuestionAndTheCheckHolds()
    {
        int checks = 0;
        foreach (var (problem, text) in Written("preview"))
        {
            string[] lines = text.Target.Split('\n');
            Assert.StartsWith(PreviewFormat.NeedMark, lines[0]);
            Assert.StartsWith(PreviewFormat.GivenMark, lines[1]);
            var told = Numerals.In(problem.Question).ToHashSet();
            Assert.All(Numerals.In(lines[1]), number => Assert.Contains(number, told));
            if (problem.Answer is null)
                continue;
            var check = Regex.Match(lines[^2], @"^Check: (\d+)([-+*/])(\d+)=(\d+) holds\.$");
            Assert.True(check.Success, lines[^2]);
            Assert.Equal(int.Parse(check.Groups[4].Value), Worksheet.Compute(int.Parse(check.Groups[1].Value), check.Groups[2].Value[0], int.Parse(check.Groups[3].Value)));
            checks++;
        }
        Assert.True(checks > 200);
    }

    [Theory]
    [InlineData(FlawKind.WrongOperand)]
    [InlineData(FlawKind.SwappedOperation)]
    [InlineData(FlawKind.MissingStep)]
    [InlineData(FlawKind.WrongCalculation)]
    public void Plant_Kind_IsWrongFromItsStepOnAndComputesOnFromThere(FlawKind kind)
    {
        int planted = 0;
        foreach (var problem in Problems.Where(p => p.Answer is not null))
        {
            if (SolutionFlaw.Plant(problem, new ProblemRandom(5, (ulong)planted), kind) is not { } flaw)
                continue;
            planted++;
            Assert.Equal(kind, flaw.Kind);
            var verdict = StepVerifier.Grade(problem, flaw.Solution);
            Assert.False(verdict.AnswerCorrect);
            Assert.Equal(flaw.Step, verdict.FirstWrongStep ?? flaw.Steps.Count);
            // Only a wrong calculation is wrong to a calculator.
            Assert.Equal(kind == FlawKind.WrongCalculation ? flaw.Step : null, StepVerifier.Check(flaw.Solution).FirstWrongStep);
        }
        Assert.True(planted > 100, $"{planted} of {kind}");
    }

    [Fact]
    public void Plant_UnanswerableProblem_GuessesFromItsNumbers()
    {
        var problem = new WordProblem("test", 1, "Tom buys 3 pens and 4 hats. How much does he pay?", [], null) { Missing = "the prices" };
        var flaw = SolutionFlaw.Plant(problem, new ProblemRandom(1, 1))!;
        Assert.Equal(FlawKind.Guess, flaw.Kind);
        Assert.Contains(flaw.Solution, (string[])["pens: 4+3=7\n#### 7", "hats: 4+3=7\n#### 7", "pens: 4-3=1\n#### 1", "hats: 4-3=1\n#### 1"]);
        Assert.Equal("Check: step 1 is wrong.\nmissing: the prices\n#### unknown", RecoveryFormat.Correction(problem, flaw.Step));
    }

    [Theory]
    [InlineData("a: 1+2=3\nCheck: step 1 is wrong.\na: 1+3=4\n#### 4", "a: 1+3=4\n#### 4")]
    [InlineData("a: 1+2=3\nb: 3+1=4\nCheck: step 1 is wrong.\na: 1+3=4\n#### 4", "a: 1+3=4\n#### 4")]
    [InlineData("Need: a.\nGiven: 1, 3.\na: 1+3=4\nCheck: 4-3=1 holds.\n#### 4", "a: 1+3=4\n#### 4")]
    [InlineData("a: 1+3=4\nQuestion: What?\n#### 4", "a: 1+3=4\n#### 4")]
    [InlineData("Check: step 9 is wrong.\n#### 4", "#### 4")]
    [InlineData("Check: step 0 is wrong.\n#### 4", "#### 4")]
    public void Settled_LinesOfFormats_AreLeftOut(string completion, string expected) => Assert.Equal(expected, SolutionLines.Settled(completion));
}
