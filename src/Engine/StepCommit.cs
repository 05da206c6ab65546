using System.Runtime.InteropServices;
using InferenceServer.Engine.Decoding;
using InferenceServer.Engine.Sampling;
using InferenceServer.Modeling.Rewards;

namespace InferenceServer.Engine;

/// <summary>Turns the rows of a finished forward pass into tokens and scores of their sequences. Used by the engine's thread only.</summary>
internal sealed class StepCommit(
    StepPlan plan, LogitsBatch logits, FeatureValueHead? valueHead, Scheduler scheduler, KvSlots slots, SequenceLifecycle life)
{
    private readonly TokenSampler _sampler = new(logits.VocabSize);

    public long Prefilled { get; private set; }
    public long Sampled { get; private set; }

    public void Rows()
    {
        for (int row = 0; row < plan.DecodeRows; row++)
        {
            if (scheduler.RowOwner(row) is not { } sequence)
                continue;
            sequence.Computed++;
            Row(sequence, row, sequence.Computed - 1);
        }
    }

    public void Chunks()
    {
        int row = plan.DecodeRows;
        foreach (ref readonly var chunk in CollectionsMarshal.AsSpan(plan.Chunks))
        {
            if (slots[chunk.Slot].Sequence is not { } sequence)
            {
                row += chunk.Logits;   // it failed in an earlier chunk of this step
                continue;
            }
            sequence.Computed = chunk.Start + chunk.Count;
            sequence.LastActive = life.Step;
            Prefilled += chunk.Count;
            for (int i = 0; i < chunk.Logits; i++, row++)
                Row(sequence, row, chunk.Start + chunk.Count - chunk.Logits + i);
        }
    }

    /// <summary>Uses one row of logits, those after the token at <paramref name="position"/>.</summary>
    private void Row(Sequence sequence, int row, int position)
    {
        try
        {
            if (sequence.Demand == Demand.Score)
                Score(sequence, row, position);
            else if (sequence.Demand == Demand.Decode && position == sequence.Length - 1)
                Sample(sequence, row, position);
        }
#pragma warning disable CA1031 // A failure inside one sequence ends that sequence and no other.
        catch (Exception e)
#pragma warning restore CA1031
        {
            life.End(sequence, new DecoderFailedException(e.Message, e));
        }
    }

    private void Sample(Sequence sequence, int row, int position)
    {
        float value = Value(sequence, row, position);
        var token = _sampler.Sample(logits.Row(row), sequence.Sampling, sequence.Tokens, sequence.PromptLength, sequence.Stream, sequence.Length, value);
        sequence.Log.Add(token.Id, new(token.LogProb, token.Entropy));
        sequence.SampledTokens++;
        sequence.LastActive = life.Step;
        Sampled++;
        life.Deliver(sequence, token);
        if (sequence.StopTokens.AsSpan().Contains(token.Id))
            life.EndDecode(sequence, FinishReason.Stop);
        else if (sequence.PauseTokens.AsSpan().Contains(token.Id))
            life.EndDecode(sequence, FinishReason.Pause);
        else if (--sequence.Remaining == 0)
            life.EndDecode(sequence, FinishReason.Length);
    }

    private void Score(Sequence sequence, int row, int position)
    {
        var score = sequence.Score!;
        int index = position - score.FirstPosition;
        if (index < 0)
            return;
        float value = Value(sequence, row, position);
        if (index == score.Continuation.Length)
        {
            score.Complete(value);
            life.EndScore(sequence);
            return;
        }
        var token = _sampler.Score(logits.Row(row), score.Continuation[index], score.TopLogProbs, value);
        sequence.Log.Learn(position + 1, new(token.LogProb, token.Entropy));
        (score.LogProbs[index], score.Entropies[index], score.Values[index]) = (token.LogProb, token.Entropy, token.Value);
        if (score.Top is not null)
            score.Top[index] = token.Top!;
        sequence.ScoredTokens++;
    }

    /// <summary>The process reward of the sequence up to and with <paramref name="position"/>.</summary>
    private float Value(Sequence sequence, int row, int position)
    {
        if (valueHead is null)
            return logits.Value(row);
        Span<float> features = stackalloc float[RewardFeatures.Count];
        sequence.WriteFeatures(position, valueHead.StepToken, features);
        return valueHead.Value(logits.ValueHiddenRow(row), features);
    }
}
