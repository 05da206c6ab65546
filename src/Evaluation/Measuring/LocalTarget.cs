using System.Text;
using System.Text.Json;
using InferenceServer.Engine.Sampling;
using InferenceServer.Modeling.Text;
using InferenceServer.Strategies;

namespace InferenceServer.Evaluation.Measuring;

/// <summary>A model in this process.</summary>
/// <param name="model">Who answers.</param>
/// <param name="fingerprint">Identifies its files and whatever else its strategies work with.</param>
/// <param name="catalog">The strategies.</param>
/// <param name="rows">Rows of its engine.</param>
/// <param name="time">Measures milliseconds.</param>
/// <param name="rewardModel">A separate reward model; null when there is none.</param>
/// <param name="owned">Disposed of together with it.</param>
public sealed class LocalTarget(
    ILanguageModel model, string fingerprint, StrategyCatalog catalog, int rows, TimeProvider time, ILanguageModel? rewardModel = null, params IAsyncDisposable[] owned) : ITarget
{
    private readonly StrategyPipeline _pipeline = new(catalog, time);

    public string Name => model.Name;
    public string Fingerprint => fingerprint;
    public int Rows => rows;
    public LocalTarget Local => this;
    public ILanguageModel Model => model;
    public ILanguageModel? RewardModel => rewardModel;
    public StrategyPipeline Pipeline => _pipeline;

    public void Check(Trial trial) => _pipeline.Start(model, Request(trial), choices: trial.Samples);

    public async Task<TrialOutcome> RunAsync(Trial trial, CancellationToken cancellationToken)
    {
        var attempts = trial.WithAttempts ? new AttemptTexts() : null;
        GenerationRun run = _pipeline.Start(model, Request(trial), attempts is null ? null : attempts.Hear, trial.Samples);
        var answers = new List<Answer>();
        if (trial.Samples > 1)
            await foreach (Answer answer in run.SampleAsync(trial.Samples, cancellationToken))
                answers.Add(answer);
        else
        {
            Answer? last = null;
            await foreach (Answer answer in run.RunAsync(cancellationToken))
                last = answer;
            answers.Add(last ?? throw new EvaluationException($"The plan {trial.Strategies} gave no answer to: {trial.Question}"));
        }
        return new([.. answers.OrderBy(answer => answer.Sample).Select(answer => Read(answer, trial.WithTokens))], TrialBill.Of(run.Ledger, run.Elapsed))
        {
            Attempts = attempts?.Texts ?? [],
        };
    }

    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable part in owned)
            await part.DisposeAsync();
    }

    /// <summary>The request that a trial makes.</summary>
    public GenerationRequest Request(Trial trial)
    {
        ChatMessage[] messages = [new("user", trial.Question)];
        using JsonDocument strategies = JsonDocument.Parse(trial.Strategies), verifiers = JsonDocument.Parse(trial.Verifiers);
        return new()
        {
            Prompt = model.Template.Encode(model.Tokenizer, messages),
            Messages = messages,
            MaxTokens = trial.MaxTokens,
            Strategies = catalog.Bind(strategies.RootElement),
            Verifiers = catalog.Verifiers.Bind(verifiers.RootElement),
            Sampling = new SamplingOptions { Temperature = (float)trial.Temperature, TopP = (float)trial.TopP, Seed = trial.Seed },
        };
    }

    private static TrialAnswer Read(Answer answer, bool withTokens)
    {
        Candidate candidate = answer.Candidate;
        return new(answer.Text, answer.FinishReason, answer.Score is double score && double.IsFinite(score) ? score : null)
        {
            AbstainedAt = answer.Abstention?.Stage,
            Tokens = !withTokens ? null : new(
                [.. candidate.Tokens.Select(token => token.Id)], [.. candidate.Tokens.Select(token => token.LogProb)], [.. candidate.Tokens.Select(token => token.Entropy)],
                [.. candidate.Tokens.Select(token => token.Value)], [.. candidate.Steps.Select(step => step.EndToken)]),
        };
    }

    /// <summary>Gathers what candidates say from the trace.</summary>
    private sealed class AttemptTexts
    {
        private readonly SortedDictionary<int, StringBuilder> _texts = [];

        public IReadOnlyList<string> Texts => [.. _texts.Values.Select(text => text.ToString())];

        public void Hear(TraceEvent happened)
        {
            switch (happened)
            {
                case CandidateStarted started:
                    _texts[started.Candidate] = new(started.Text);
                    break;
                case CandidateRewound rewound:
                    _texts[rewound.Candidate] = new(rewound.Text);
                    break;
                case TextSampled sampled:
                    _texts[sampled.Candidate].Append(sampled.Delta);
                    break;
                case TextForced forced:
                    _texts[forced.Candidate].Append(forced.Delta);
                    break;
            }
        }
    }
}
