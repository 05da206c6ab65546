using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Runtime.CompilerServices;
using InferenceServer.Plugins;
using InferenceServer.Strategies.Answers;
using InferenceServer.Strategies.Feedback;
using InferenceServer.Strategies.Verifying;

namespace InferenceServer.Strategies;

/// <summary>
/// "HEART: Emotionally-driven test-time scaling of Language Models", arXiv:2509.22876: try again and again, each time with feedback in another emotional tone,
/// negative and positive in turn, so that the model leaves the path that failed.
/// Differences from the paper, whose phrases and numbers are not published: phrases are our own; every attempt is kept and the last one never wins by being
/// last; without a verifier a vote over all attempts decides and a synthesis only breaks its ties, since the paper names synthesis as the bottleneck.
/// </summary>
/// <param name="phrases">The operator's phrases; the built-in ones if there are none.</param>
[Plugin("heart", "Tries again with feedback in changing emotional tones, keeps every attempt, and lets a verifier or a vote choose.", Paper = "arXiv:2509.22876")]
public sealed class Heart(FeedbackPhrases? phrases = null) : IStrategy<HeartOptions>
{
    private static readonly Tone[] Negative = [Tone.Sadness, Tone.Anger, Tone.Fear, Tone.Disgust], Positive = [Tone.Happiness, Tone.Surprise];

    private readonly FeedbackPhrases _phrases = phrases ?? FeedbackPhrases.BuiltIn;

    public async IAsyncEnumerable<Answer> RunAsync(HeartOptions options, GenerationContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        bool guided = options.Guidance == HeartGuidance.Verifier || (options.Guidance == HeartGuidance.Auto && context.HasVerifiers);
        var attempts = new List<Attempt>();
        await foreach (Answer answer in context.SampleAsync(1, cancellationToken))
            attempts.Add(await JudgeAsync(answer));
        if (attempts.Count == 0)
            yield break;
        Attempt carried = attempts[0];
        Answer standing = carried.Answer with { Score = carried.Verdict?.IsPass == true ? 1 : null };
        yield return standing;

        for (int round = 1; round <= options.Rounds && carried.Verdict?.IsPass != true && !context.IsExhausted; round++)
        {
            string feedback = $"{Phrase(options.Tone, round)} {Notice(carried.Verdict, options.FullFeedback)}";
            if (context.WithPrompt(context.Conversation.Reply(carried.Answer.Text, feedback)) is not { } again)
            {
                yield return standing = context.Note(standing, $"Round {round} does not fit the model's context or chat template: the attempts before it decided.");
                break;
            }
            var tries = new List<Attempt>();
            await foreach (Answer answer in again.SampleAsync(options.N, cancellationToken))
                tries.Add(await JudgeAsync(answer with { Sample = attempts.Count + answer.Sample }));
            if (tries.Count == 0)
                break;
            tries = [.. tries.OrderBy(attempt => attempt.Answer.Sample)];
            attempts.AddRange(tries);
            carried = tries.Find(attempt => attempt.Verdict?.IsPass == true)
                ?? (guided ? tries[context.Random(round).Next(tries.Count)] : tries[^1]);
            Answer next = carried.Verdict?.IsPass == true ? carried.Answer with { Score = 1 } : Vote(attempts).Leader;
            if (next.Candidate != standing.Candidate || next.Score != standing.Score)
                yield return standing = next with { Notes = [.. standing.Notes, .. next.Notes.Except(standing.Notes)] };
        }

        if (carried.Verdict?.IsPass == true || attempts.Count == 1)
            yield break;
        if (guided)
            yield return context.Note(standing, "No attempt passed verification: a vote over the attempts decided.");
        else if (Vote(attempts).IsTie && await SynthesiseAsync(context, attempts, cancellationToken) is { } synthesis)
            yield return context.Note(synthesis with { Sample = attempts.Count }, "The attempts were tied: a synthesis of them decided.");
        else if (options.Guidance == HeartGuidance.Auto)
            yield return context.Note(standing, $"Without a verifier nothing says when to stop: {attempts.Count} attempts were made, and a vote over them decided.");

        async Task<Attempt> JudgeAsync(Answer answer) =>
            new(answer, guided && !answer.Candidate.IsCut ? await context.VerifyAsync(answer, cancellationToken) : null);
    }

    public PlanProblem? Check(HeartOptions options, PlanContext plan) => options.Guidance == HeartGuidance.Verifier && plan.Request.Verifiers.Count == 0
        ? new("guidance", "verifier needs something to verify with; add it to the request's verifiers, such as {\"name\": \"step_arithmetic\"}.") : null;

    /// <summary>The tone of a round, from 1: negative and positive in turn, round-robin within each.</summary>
    public static Tone ToneOf(HeartTone tone, int round) => tone != HeartTone.Alternate ? Enum.Parse<Tone>(tone.ToString())
        : round % 2 == 1 ? Negative[round / 2 % Negative.Length] : Positive[(round - 1) / 2 % Positive.Length];

    private string Phrase(HeartTone tone, int round)
    {
        IReadOnlyList<string> of = _phrases[ToneOf(tone, round)];
        return of[(round - 1) / 2 % of.Count];
    }

    /// <summary>What is wrong, as far as it is known.</summary>
    private static string Notice(Verdict? verdict, bool full) => verdict switch
    {
        { IsFail: true, Feedback.Length: > 0 } when full => verdict.Feedback,
        { IsFail: true, Step: int step } => $"Step {step} is wrong.",
        { IsFail: true } => "The answer is wrong.",
        _ => "Check this attempt again.",
    };

    /// <summary>Attempts that failed verification have no vote unless all did.</summary>
    private static (Answer Leader, bool IsTie) Vote(List<Attempt> attempts)
    {
        List<Attempt> voters = attempts.Exists(attempt => attempt.Verdict?.IsFail != true) ? attempts.FindAll(attempt => attempt.Verdict?.IsFail != true) : attempts;
        IReadOnlyList<VoteCluster> clusters = Answers.Vote.Count([.. voters.Select(attempt => attempt.Answer.Candidate.Extracted)]);
        return clusters.Count == 0
            ? (voters[0].Answer, voters.Count > 1)
            : (voters[clusters[0].First].Answer with { Score = clusters[0].Votes / (double)voters.Count }, clusters.Count > 1 && clusters[0].Votes == clusters[1].Votes);
    }

    private static async Task<Answer?> SynthesiseAsync(GenerationContext context, List<Attempt> attempts, CancellationToken cancellationToken)
    {
        string others = string.Join('\n', attempts.SkipLast(1).Select((attempt, i) => $"Attempt {i + 1}:\n{attempt.Answer.Text.Trim()}"));
        Answer? synthesis = null;
        if (context.WithPrompt(context.Conversation.Reply(attempts[^1].Answer.Text, $"{others}\nThe attempts differ. Compare them and write the right solution.")) is { } asked)
            await foreach (Answer answer in asked.SampleAsync(1, cancellationToken))
                synthesis = answer;
        return synthesis is { Candidate: { IsCut: false, Extracted: not null } } ? synthesis : null;
    }

    private sealed record Attempt(Answer Answer, Verdict? Verdict);
}

/// <summary>Which tones are used.</summary>
public enum HeartTone
{
    /// <summary>Negative and positive emotions in turn.</summary>
    Alternate,

    /// <summary>The control: no emotion.</summary>
    Neutral,
    Anger,
    Disgust,
    Fear,
    Happiness,
    Sadness,
    Surprise,
}

/// <summary>What decides between attempts.</summary>
public enum HeartGuidance
{
    /// <summary>A verifier if the request has one, else the vote.</summary>
    Auto,
    Verifier,
    Vote,
}

public sealed record HeartOptions : StrategyOptions
{
    [Description("Attempts after the first, each with feedback.")]
    [Range(1, 16)]
    public int Rounds { get; init; } = 4;

    [Description("Samples of one round.")]
    [Range(1, 16)]
    public int N { get; init; } = 1;

    [Description("alternate (negative and positive emotions in turn), one emotion for all rounds, or neutral (the control).")]
    public HeartTone Tone { get; init; }

    [Description("verifier (stop at the first attempt that the request's verifiers pass), vote (over all attempts), or auto (verifier if the request has any).")]
    public HeartGuidance Guidance { get; init; }

    [Description("Show the model the verifier's whole sentence rather than only which step, or that the answer, is wrong.")]
    public bool FullFeedback { get; init; }

    public override int Fanout => 1 + Rounds * N;
    public override bool AsksAtOnce => false;
}
