using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Runtime.CompilerServices;
using InferenceServer.Plugins;
using InferenceServer.Strategies.Verifying;

namespace InferenceServer.Strategies;

/// <summary>
/// "Echoes as Anchors: Probabilistic Costs and Attention Refocusing in LLM Reasoning", arXiv:2602.06600: stop in the middle of the solution, put the question
/// before the model again, and let it go on.
/// Differences from the paper: the first stage ends at a step's end, so that no step is cut in two; a first stage that ends with an answer stands unless a
/// verifier fails it (then its end is taken back and the echo follows); forced tokens count against max_tokens; sampling is the request's, not always greedy.
/// </summary>
[Plugin("echoic_prompting", "Stops in the middle, puts the question before the model again, and goes on.", Paper = "arXiv:2602.06600")]
public sealed class EchoicPrompting : IStrategy<EchoicPromptingOptions>
{
    /// <summary>Where the question stands in the template.</summary>
    public const string Slot = "{question}";

    public async IAsyncEnumerable<Answer> RunAsync(
        EchoicPromptingOptions options, GenerationContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using CandidateGroup group = await context.OpenAsync(1);
        Candidate candidate = group.Candidates[0];
        if (options.Mode == EchoMode.Single)
            await candidate.DecodeAsync(cancellationToken: cancellationToken);
        else
            await FirstStageAsync(candidate, options, cancellationToken);

        bool hasEnded = candidate.FinishReason is not null;
        if (hasEnded)
            yield return new Answer(candidate, candidate.Text);
        if (options.Mode == EchoMode.Single || candidate.IsCut)
            yield break;
        if (hasEnded && (options.Mode == EchoMode.TwoStagePlain || !await IsWrongAsync()))
            yield break;
        if (hasEnded)
            DropAnswer(candidate);
        string? note = null;
        if (options.Mode == EchoMode.Echo && !candidate.Append(Echo(options.Template, context.Question, candidate.Text)))
            note = "The echo did not fit into max_tokens or the budget: the answer is that of one stage.";
        await candidate.DecodeAsync(cancellationToken: cancellationToken);
        var answer = new Answer(candidate, candidate.Text);
        yield return note is null ? answer : context.Note(answer, note);

        async Task<bool> IsWrongAsync() => context.HasVerifiers && (await context.VerifyAsync(new Answer(candidate, candidate.Text), cancellationToken)).Outcome == VerificationOutcome.Fail;
    }

    public PlanProblem? Check(EchoicPromptingOptions options, PlanContext plan) =>
        options.Template.Split(Slot).Length != 2 ? new("template", $"must hold {Slot} exactly once.")
        : options.FirstStage >= plan.Request.MaxTokens && options.Mode != EchoMode.Single
            ? new("first_stage", $"is {options.FirstStage} tokens of the {plan.Request.MaxTokens} that max_tokens allows, which leaves nothing for the second stage.")
        : null;

    /// <summary>So many tokens, and on to the end of the step they end in.</summary>
    private static async Task FirstStageAsync(Candidate candidate, EchoicPromptingOptions options, CancellationToken cancellationToken)
    {
        await candidate.DecodeAsync(options.FirstStage, cancellationToken: cancellationToken);
        if (candidate.FinishReason is null && !candidate.Text.EndsWith('\n'))
            await candidate.DecodeAsync(toStepEnd: true, cancellationToken: cancellationToken);
    }

    /// <summary>Takes back the end token and the line with the rejected answer, so that the solution is open again.</summary>
    private static void DropAnswer(Candidate candidate)
    {
        int keep = candidate.Steps.Count > 1 ? candidate.Steps[^2].EndToken : 0;
        candidate.Rewind(keep);
    }

    /// <summary>The template on a line of its own.</summary>
    private static string Echo(string template, string question, string before) =>
        (before.Length > 0 && !before.EndsWith('\n') ? "\n" : "") + template.Replace(Slot, question.Trim(), StringComparison.Ordinal);
}

/// <summary>The method and its controls.</summary>
public enum EchoMode
{
    /// <summary>First stage, forced echo, second stage.</summary>
    Echo,

    /// <summary>Control: stop and go on with nothing put in.</summary>
    TwoStagePlain,

    /// <summary>Control: one stage.</summary>
    Single,
}

public sealed record EchoicPromptingOptions : StrategyOptions
{
    [Description("echo, or a control: two_stage_plain (stop and go on with nothing put in), single (one stage).")]
    public EchoMode Mode { get; init; }

    [Description("Tokens of the first stage, which then goes on to the end of its step.")]
    [Range(1, 65536)]
    public int FirstStage { get; init; } = 32;

    [Description("What is put in, with the question at {question}.")]
    public string Template { get; init; } = "Question: {question}\n";

    public override bool IsInnermost => true;
}
