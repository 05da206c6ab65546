using InferenceServer.Server.Telemetry;
using InferenceServer.Strategies;

namespace InferenceServer.Server.Generation;

/// <summary>What happens while a job runs: an event of a run, or a choice that is finished.</summary>
public readonly record struct Progress(int Choice, TraceEvent? Event, Choice? Finished);

/// <summary>Runs jobs through the strategy pipeline. Between HTTP, which knows no candidates, and the strategies, which know no choices.</summary>
public sealed class GenerationService(ServedModel model, StrategyPipeline pipeline, IEnumerable<IOutcomeListener> listeners, ServerMetrics metrics, TimeProvider time)
{
    /// <summary>Runs a job to its end. All runs go at once; when one fails or the caller leaves, the others are stopped.</summary>
    /// <param name="job">What to run.</param>
    /// <param name="keep">What of it the response will want.</param>
    /// <param name="onProgress">Called as things happen, by one thread at a time for each run.</param>
    /// <param name="cancellationToken">The client went away: every sequence is aborted.</param>
    public async Task<Outcome> RunAsync(GenerationJob job, Keep keep, Action<Progress>? onProgress, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        keep = listeners.Aggregate(keep, (all, listener) => all | listener.KeepOf(job));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        // Nothing to generate: the prompt is only echoed.
        var runs = new GenerationRun[job.Runs[0].MaxTokens == 0 ? 0 : job.Runs.Count];
        var recorders = new RunRecorder[runs.Length];
        for (int i = 0; i < runs.Length; i++)
        {
            var recorder = recorders[i] = new RunRecorder(i * job.Choices, keep, metrics);
            runs[i] = Start(job, i, trace =>
            {
                recorder.Add(trace);
                if (onProgress is not null && trace.Candidate < recorder.Candidates.Count)
                    onProgress(new(recorder.ChoiceOf(trace.Candidate), trace, null));
            });
        }
        var choices = new Choice?[job.TotalChoices];
        try
        {
            await Task.WhenAll(runs.Select((run, index) => FollowAsync(run, index)));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            for (int i = 0; i < choices.Length; i++)
                metrics.Aborted();
            await UnfinishedAsync(OutcomeFailure.Aborted);
            throw;
        }
        catch (Exception e)
        {
            await UnfinishedAsync(OutcomeFailure.Of(e));
            throw;
        }
        if (runs.Length == 0)
            for (int i = 0; i < choices.Length; i++)
                Finish(i / job.Choices, i % job.Choices, null);
        Outcome outcome = Conclude(null);
        Count(outcome);
        foreach (var listener in listeners)
            await listener.FinishedAsync(outcome, cancellationToken);
        return outcome;

        Outcome Conclude(OutcomeFailure? failure) => new(
            job, choices!, recorders, [.. runs.Select(run => run.Ledger)], runs.Select(run => run.BudgetExhausted).FirstOrDefault(reason => reason is not null), time.GetElapsedTime(started))
        { Failure = failure };

        async ValueTask UnfinishedAsync(OutcomeFailure failure)
        {
            for (int i = 0; i < choices.Length; i++)
                choices[i] ??= new Choice(i, job.Runs[i / job.Choices].Prompt, null, null);
            Outcome outcome = Conclude(failure);
            foreach (var listener in listeners)
                await listener.UnfinishedAsync(outcome);
        }

        async Task FollowAsync(GenerationRun run, int index)
        {
            var answers = new Answer?[job.Choices];
            try
            {
                if (job.Choices == 1)
                    await foreach (Answer answer in run.RunAsync(stop.Token))
                        answers[0] = answer;
                else
                    await foreach (Answer answer in run.SampleAsync(job.Choices, stop.Token))
                        Finish(index, answer.Sample, answers[answer.Sample] = answer);
            }
            catch (Exception e)
            {
                await stop.CancelAsync();
                // What only shows while the plan runs, a handbook that does not exist for instance, is told like the rest.
                if (e is StrategyPlanException problem)
                    throw PlanReader.Refusal(problem, job.PlanOrigin);
                throw;
            }
            for (int i = 0; i < answers.Length; i++)
                if (choices[index * job.Choices + i] is null)
                    Finish(index, i, answers[i]);
        }

        void Finish(int run, int sample, Answer? answer)
        {
            int index = run * job.Choices + sample;
            var choice = choices[index] = new Choice(index, job.Runs[run].Prompt, answer, runs.Length > 0 ? runs[run].BudgetExhausted : null);
            metrics.Finished(choice.FinishReason, time.GetElapsedTime(started).TotalSeconds);
            onProgress?.Invoke(new(index, null, choice));
        }
    }

    private GenerationRun Start(GenerationJob job, int run, Action<TraceEvent> onEvent)
    {
        try
        {
            return pipeline.Start(job.Model ?? model.Language, job.Runs[run], onEvent, job.Choices);
        }
        catch (StrategyPlanException e)
        {
            throw PlanReader.Refusal(e, job.PlanOrigin);
        }
    }

    private void Count(Outcome outcome)
    {
        var tokens = outcome.Bill.Tokens;
        metrics.Tokens("prompt", tokens.Prompt - tokens.Cached);
        metrics.Tokens("cached", tokens.Cached);
        metrics.Tokens("answer", tokens.Answer);
        metrics.Tokens("discarded", tokens.Discarded);
        metrics.Tokens("forced", tokens.Forced);
        metrics.Tokens("scorer", tokens.Scorer);
        foreach (var candidate in outcome.Candidates(null))
            metrics.Candidate(candidate.Selected ? "won" : candidate.FinishReason is "stop" or "length" ? "lost" : "rejected");
    }
}
