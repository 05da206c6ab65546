using InferenceServer.Server.Responses;
using InferenceServer.Strategies;

namespace InferenceServer.Server.Generation;

/// <summary>A request that has run: its choices in order, and what they cost.</summary>
public sealed record Outcome(GenerationJob Job, IReadOnlyList<Choice> Choices, IReadOnlyList<RunRecorder> Recorders, IReadOnlyList<ComputeLedger> Ledgers, string? BudgetExhausted, TimeSpan Elapsed)
{
    /// <summary>Why it did not run to its end; null when it did.</summary>
    public OutcomeFailure? Failure { get; init; }

    /// <summary>Every token computed for the request, discarded ones included: a plan that writes prompts of its own pays for those too. What of the request's own prompt was there before counts as cached.</summary>
    public Usage Usage
    {
        get
        {
            long computed = Ledgers.Sum(ledger => (long)ledger.Prompt - ledger.Cached), prompt = Math.Max(Job.PromptTokens, computed);
            long completion = Ledgers.Sum(ledger => (long)ledger.Answer + ledger.Discarded + ledger.Forced + ledger.Scorer);
            return new(prompt, completion, prompt + completion, new(prompt - computed));
        }
    }

    public Bill Bill => new(
        new(
            Ledgers.Sum(ledger => (long)ledger.Prompt),
            Ledgers.Sum(ledger => (long)ledger.Cached),
            Ledgers.Sum(ledger => (long)ledger.Answer),
            Ledgers.Sum(ledger => (long)ledger.Discarded),
            Ledgers.Sum(ledger => (long)ledger.Forced),
            Ledgers.Sum(ledger => (long)ledger.Scorer)),
        Ledgers.Sum(ledger => ledger.EstimatedFlops),
        Math.Round(Elapsed.TotalMilliseconds, 3),
        BudgetExhausted)
    {
        ScorerFlops = Ledgers.Sum(ledger => ledger.ScorerFlops),
        Candidates = [.. Ledgers.SelectMany((ledger, run) => ledger.Candidates.Select(candidate => LineOf(candidate, Recorders[run])))],
    };

    public IReadOnlyList<TraceBody> Trace => [.. Recorders.SelectMany(recorder => recorder.Trace)];

    public IReadOnlyList<CandidateBody> Candidates(TokenTexts? tokens)
    {
        var selected = Choices.Where(choice => choice.Answer is not null).Select(choice => (choice.Index, choice.Answer!.Candidate.Index)).ToHashSet();
        return [.. Recorders.SelectMany(recorder => recorder.Candidates).Select(candidate => new CandidateBody(
            candidate.Choice,
            candidate.Index,
            candidate.Text,
            candidate.FinishReason,
            selected.Contains((candidate.Choice, candidate.Index)),
            candidate.Score,
            candidate.TokenCount,
            candidate.TokenCount > 0 ? JsonFloat.OrNull(candidate.SumLogProb / candidate.TokenCount) : null,
            tokens is null || candidate.Tokens is null ? null : [.. candidate.Tokens.Select(token => ScoredToken.From(token, tokens))]))];
    }

    private CandidateBillBody LineOf(CandidateBill line, RunRecorder recorder)
    {
        CandidateRecord? record = line.Candidate < recorder.Candidates.Count ? recorder.Candidates[line.Candidate] : null;
        TimeSpan lived = (line.Ended ?? Elapsed) - line.Started;
        return new(record?.Choice ?? 0, line.Candidate, line.Parent, line.Tokens, line.Forced, line.Overshoot, Math.Round(line.Started.TotalMilliseconds, 3),
            Math.Round(Math.Max(0, lived.TotalMilliseconds), 3), record?.FinishReason ?? line.FinishReason, line.IsAnswer);
    }
}
