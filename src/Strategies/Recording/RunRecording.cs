namespace InferenceServer.Strategies.Recording;

/// <summary>Follows the events of one run and keeps what its candidates consist of. Costs two additions to a list for each token.</summary>
public sealed class RunRecording
{
    private readonly List<RecordedCandidate?> _candidates = [];

    /// <summary>In order of creation.</summary>
    public IEnumerable<RecordedCandidate> Candidates => _candidates.OfType<RecordedCandidate>();

    public void Add(TraceEvent happened)
    {
        switch (happened)
        {
            case CandidateStarted started:
                Start(started);
                break;
            case TextSampled { Token: { } token } sampled:
                _candidates[sampled.Candidate]!.Add(token, sampled.Elapsed);
                break;
            case TextForced forced:
                foreach (int id in forced.Ids)
                    _candidates[forced.Candidate]!.Add(new(id, float.NaN, float.NaN, float.NaN), forced.Elapsed);
                break;
            case CandidateRewound rewound:
                _candidates[rewound.Candidate]!.Truncate(rewound.Tokens);
                break;
            case StepEnded step:
                _candidates[step.Candidate]!.StepEnds.Add(_candidates[step.Candidate]!.Tokens.Count);
                break;
            case CandidateRejected rejected:
                _candidates[rejected.Candidate]!.Rejected = rejected.Elapsed;
                break;
        }
    }

    private void Start(CandidateStarted started)
    {
        // Numbered in order of creation, but their tasks may report them in another.
        while (_candidates.Count <= started.Candidate)
            _candidates.Add(null);
        RecordedCandidate? parent = started.Parent is { } index ? _candidates[index] : null;
        _candidates[started.Candidate] = new()
        {
            Index = started.Candidate,
            Choice = started.Choice,
            Parent = started.Parent,
            Inherited = started.Inherited,
            Prompt = started.Prompt,
            Stream = started.Stream,
            Tokens = [.. parent?.Tokens.Take(started.Inherited) ?? []],
            Milliseconds = [.. parent?.Milliseconds.Take(started.Inherited) ?? []],
            StepEnds = [.. parent?.StepEnds.Where(end => end <= started.Inherited) ?? []],
        };
    }
}
