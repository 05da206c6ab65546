using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using InferenceServer.Server.Calibration;
using InferenceServer.Server.Errors;
using InferenceServer.Server.Jobs;
using InferenceServer.Server.Traces;

namespace InferenceServer.Server.Responses;

/// <summary>Serializers of every body the server sends, generated at compile time.</summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(ErrorResponse))]
[JsonSerializable(typeof(ChatCompletion))]
[JsonSerializable(typeof(ChatCompletionChunk))]
[JsonSerializable(typeof(Completion))]
[JsonSerializable(typeof(GenerateResponse))]
[JsonSerializable(typeof(TraceBody))]
[JsonSerializable(typeof(ScoreResponse))]
[JsonSerializable(typeof(ModelList))]
[JsonSerializable(typeof(ModelBody))]
[JsonSerializable(typeof(HealthBody))]
[JsonSerializable(typeof(DeletedBody))]
[JsonSerializable(typeof(HandbookList))]
[JsonSerializable(typeof(HandbookBody))]
[JsonSerializable(typeof(BehaviourBody))]
[JsonSerializable(typeof(RetiredBody))]
[JsonSerializable(typeof(Job))]
[JsonSerializable(typeof(JobList))]
[JsonSerializable(typeof(StoredCalibration))]
[JsonSerializable(typeof(CalibrationList))]
[JsonSerializable(typeof(EchoGapResponse))]
[JsonSerializable(typeof(HandbookBuildResult))]
[JsonSerializable(typeof(FeedbackBody))]
[JsonSerializable(typeof(ExperimentList))]
[JsonSerializable(typeof(ExperimentBody))]
[JsonSerializable(typeof(ExperimentHistory))]
[JsonSerializable(typeof(StrategyList))]
[JsonSerializable(typeof(VerifierList))]
[JsonSerializable(typeof(StoredTrace))]
[JsonSerializable(typeof(TraceSummary))]
[JsonSerializable(typeof(TraceList))]
[JsonSerializable(typeof(TraceDetail))]
[JsonSerializable(typeof(ShadowBody))]
[JsonSerializable(typeof(TrainingRecord))]
[JsonSerializable(typeof(EngineBody))]
public sealed partial class ApiJson : JsonSerializerContext
{
    /// <summary>With text as it is: the bodies are JSON, never part of a page, so only what JSON itself asks for is escaped.</summary>
    public static ApiJson Instance { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
