using InferenceServer.Engine;
using InferenceServer.Engine.Sampling;
using InferenceServer.Modeling.Text;

namespace InferenceServer.Strategies;

/// <summary>Questions to a model that are no candidates: a judge's verdict, a gate's label, a reward. What they compute is billed as scorer tokens.</summary>
public sealed class SideCalls
{
    private readonly GenerationSession _session;

    internal SideCalls(GenerationSession session) => _session = session;

    /// <summary>A model's reply, end token excluded.</summary>
    /// <param name="model">Whom to ask.</param>
    /// <param name="prompt">What to ask.</param>
    /// <param name="maxTokens">Of the reply at most.</param>
    /// <param name="sampling">How the reply is drawn; greedily unless told otherwise.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>Null when the budget ends before the reply does, or when the prompt does not fit the model's context.</returns>
    /// <exception cref="EngineException">The engine refused or lost the sequence.</exception>
    public async Task<string?> AskAsync(
        ILanguageModel model, Conversation prompt, int maxTokens, SamplingOptions? sampling = null, CancellationToken cancellationToken = default)
    {
        int[] tokens = prompt.Encode(model);
        int room = Math.Min(maxTokens, model.ContextLength - tokens.Length);
        if (room < 1 || !Affords(tokens.Length + 1))
            return null;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _session.Budget.Token);
        await using SequenceHandle sequence = model.Start(tokens, Options(model, sampling));
        var text = new IncrementalDetokenizer(model.Tokenizer);
        string reply = "";
        int read = 0;
        try
        {
            await foreach (SampledToken token in sequence.DecodeAsync(Math.Min(room, _session.Budget.Remaining(tokens.Length)), cancellationToken: either.Token))
            {
                read++;
                if (!model.EndTokens.Contains(token.Id))
                    reply += text.Append(token.Id);
            }
            return reply + text.Flush();
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        finally
        {
            Bill(model, sequence.Usage.Cached, tokens.Length + read);
        }
    }

    /// <summary>What a reward model's value head says of a text as it stands: from 0 to 1, NaN when the budget ends first or the text does not fit.</summary>
    /// <param name="model">Has a value head.</param>
    /// <param name="prompt">What came before, at least one token.</param>
    /// <param name="text">The text to grade, at least one token. All of it is scored, not only its end: a value head may take the log-probabilities so far.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="EngineException">The engine refused or lost the sequence.</exception>
    public async Task<double> RewardAsync(ILanguageModel model, ReadOnlyMemory<int> prompt, ReadOnlyMemory<int> text, CancellationToken cancellationToken)
    {
        if (prompt.Length + text.Length > model.ContextLength || !Affords(1))
            return double.NaN;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _session.Budget.Token);
        await using SequenceHandle sequence = model.Start(prompt.Span, Options(model, SamplingOptions.Greedy));
        try
        {
            return (await sequence.ScoreAsync(text, cancellationToken: either.Token)).EndValue;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return double.NaN;
        }
        finally
        {
            Bill(model, sequence.Usage.Cached, prompt.Length + text.Length);
        }
    }

    private bool Affords(int tokens) => _session.Budget.Exhausted is null && _session.Budget.Remaining(0) >= tokens;

    private SequenceOptions Options(ILanguageModel model, SamplingOptions? sampling) =>
        new() { Sampling = sampling ?? SamplingOptions.Greedy, StopTokens = model.EndTokens, Priority = _session.Request.Priority };

    private void Bill(ILanguageModel model, int cached, int tokens)
    {
        cached = Math.Min(cached, tokens);
        _session.Ledger.AddScorer(tokens - cached, FlopEstimate.Of(model).Prefill(cached, tokens));
        _session.Budget.Check();
    }
}
