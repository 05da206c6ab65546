using InferenceServer.Server.Responses;
using InferenceServer.Server.Telemetry;
using InferenceServer.Strategies;
using InferenceServer.Strategies.Recording;

namespace InferenceServer.Server.Generation;

/// <summary>Follows the events of one run: keeps its candidates (and its trace, when asked), and measures latencies. Events come one at a time.</summary>
/// <param name="firstChoice">The request's number of the run's first choice.</param>
/// <param name="keep">What the response and the listeners will want.</param>
/// <param name="metrics">Latencies go there.</param>
public sealed class RunRecorder(int firstChoice, Keep keep, ServerMetrics metrics)
{
    private readonly List<CandidateRecord> _candidates = [];

    public IReadOnlyList<CandidateRecord> Candidates => _candidates;
    public List<TraceBody> Trace { get; } = [];

    /// <summary>Null unless it is kept.</summary>
    public RunRecording? Recording { get; } = keep.HasFlag(Keep.Recording) ? new() : null;

    /// <summary>The request's number of the choice that a candidate works for.</summary>
    public int ChoiceOf(int candidate) => _candidates[candidate].Choice;

    public void Add(TraceEvent trace)
    {
        switch (trace)
        {
            case CandidateStarted started:
                // Candidates are numbered in order of creation, but their tasks may report it in another.
                while (_candidates.Count <= started.Candidate)
                    _candidates.Add(new(_candidates.Count, firstChoice + started.Choice) { Tokens = keep.HasFlag(Keep.Tokens) ? [] : null });
                if (_candidates[started.Candidate].Choice != firstChoice + started.Choice)
                    _candidates[started.Candidate] = new(started.Candidate, firstChoice + started.Choice) { Tokens = keep.HasFlag(Keep.Tokens) ? [] : null };
                _candidates[started.Candidate].Restart(started.Text);
                break;
            case TextForced forced:
                _candidates[forced.Candidate].Add(null, forced.Delta, forced.Elapsed);
                break;
            case CandidateRewound rewound:
                _candidates[rewound.Candidate].Restart(rewound.Text);
                break;
            case TextSampled text:
                CandidateRecord candidate = _candidates[text.Candidate];
                if (text.Token is not null)
                    Measure(candidate, text.Elapsed);
                candidate.Add(text.Token, text.Delta, text.Elapsed);
                break;
            case CandidateScored scored:
                _candidates[scored.Candidate].Score = JsonFloat.OrNull(scored.Score);
                break;
            case CandidateRejected rejected:
                (_candidates[rejected.Candidate].IsRejected, _candidates[rejected.Candidate].FinishReason) = (true, rejected.Reason);
                break;
            case CandidateFinished finished:
                _candidates[finished.Candidate].FinishReason = finished.FinishReason;
                break;
        }
        Recording?.Add(trace);
        if (keep.HasFlag(Keep.Trace) || (Recording is not null && trace is not TextSampled))
            Trace.Add(TraceBody.From(trace.Candidate < _candidates.Count ? ChoiceOf(trace.Candidate) : firstChoice, trace));
    }

    private void Measure(CandidateRecord candidate, TimeSpan elapsed)
    {
        if (candidate.TokenCount == 0)
            metrics.FirstToken(elapsed.TotalSeconds);
        else
            metrics.NextToken((elapsed - candidate.LastToken).TotalSeconds);
    }
}
