using System.Text.Json;
using System.Text.Json.Serialization;
using InferenceServer.Modeling.Rewards;

namespace InferenceServer.Modeling;

/// <summary>
/// The description of a Llama-style decoder: RMSNorm, rotary positions (rotate-half), grouped-query attention, SwiGLU.
/// Read from and written to a Hugging Face <c>config.json</c>; the TorchSharp module, the ONNX graph and the weight check are all derived from it.
/// </summary>
public sealed record ModelConfig
{
    [JsonPropertyName("model_type")] public string ModelType { get; init; } = "llama";
    [JsonPropertyName("vocab_size")] public required int VocabSize { get; init; }
    [JsonPropertyName("hidden_size")] public required int HiddenSize { get; init; }
    [JsonPropertyName("intermediate_size")] public required int IntermediateSize { get; init; }
    [JsonPropertyName("num_hidden_layers")] public required int Layers { get; init; }
    [JsonPropertyName("num_attention_heads")] public required int Heads { get; init; }

    /// <summary>Key/value heads; each serves <c>Heads / KeyValueHeads</c> query heads. Absent in a file means as many as <see cref="Heads"/>.</summary>
    [JsonPropertyName("num_key_value_heads")] public int KeyValueHeads { get => _keyValueHeads ?? Heads; init => _keyValueHeads = value; }

    /// <summary>Width of one head. Absent in a file means <c>HiddenSize / Heads</c>.</summary>
    [JsonPropertyName("head_dim")] public int HeadDim { get => _headDim ?? HiddenSize / Heads; init => _headDim = value; }

    /// <summary>The longest sequence in tokens, and the number of rows of the rotary tables.</summary>
    [JsonPropertyName("max_position_embeddings")] public required int ContextLength { get; init; }
    [JsonPropertyName("rms_norm_eps")] public float RmsNormEps { get; init; } = 1e-5f;
    [JsonPropertyName("rope_theta")] public float RopeTheta { get; init; } = 10_000f;

    /// <summary>Bias on the query, key and value projections (Qwen2 has it).</summary>
    [JsonPropertyName("attention_bias")] public bool QkvBias { get; init; }

    /// <summary>RMSNorm over each query and key head before the rotation (Qwen3 has it).</summary>
    [JsonPropertyName("qk_norm")] public bool QkNorm { get; init; }

    /// <summary>The output projection is the embedding matrix.</summary>
    [JsonPropertyName("tie_word_embeddings")] public bool TiedEmbeddings { get; init; }

    /// <summary>Hidden width of the value head (linear, ReLU, linear, sigmoid over the final norm's output); null when the model has none.</summary>
    [JsonPropertyName("value_head_size"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public int? ValueHeadSize { get; init; }

    /// <summary>What the value head takes beside the final norm's output; null when that is all.</summary>
    [JsonPropertyName("value_head_features"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public ValueFeatures? ValueFeatures { get; init; }

    [JsonPropertyName("bos_token_id"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public int? BosTokenId { get; init; }

    /// <summary>Tokens that end a completion. A single number and a list are both accepted in a file.</summary>
    [JsonPropertyName("eos_token_id"), JsonConverter(typeof(OneOrManyConverter))] public IReadOnlyList<int> EosTokenIds { get; init; } = [];

    [JsonPropertyName("pad_token_id"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public int? PadTokenId { get; init; }

    private readonly int? _keyValueHeads;
    private readonly int? _headDim;

    /// <summary>Number of weights, the value head included; a tied output projection is counted once.</summary>
    [JsonIgnore] public long Parameters => ModelLayout.For(this).Tensors.Sum(t => t.Elements);

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };

    /// <exception cref="ModelFormatException">The file is missing, is not JSON, lacks a field, or describes a decoder that cannot be built.</exception>
    public static ModelConfig Load(string path)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            if (json.RootElement.ValueKind != JsonValueKind.Object)
                throw new ModelFormatException($"it holds {json.RootElement.ValueKind}; expected an object as in a Hugging Face config.json.");
            UnsupportedFeatures.Refuse(json.RootElement);
            var config = json.RootElement.Deserialize<ModelConfig>(Json)!.WithImplied(json.RootElement);
            config.Validate();
            return config;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException or InvalidOperationException or ModelFormatException)
        {
            throw new ModelFormatException($"{path}: cannot use the model description: {e.Message}", e);
        }
    }

    /// <summary>What a file says without a field of ours: a family's habits, and the newer place of the rotary base.</summary>
    private ModelConfig WithImplied(JsonElement json)
    {
        var config = ModelType switch
        {
            "qwen2" => this with { QkvBias = true },
            "qwen3" => this with { QkNorm = true },
            _ => this,
        };
        return json.TryGetProperty("rope_parameters", out JsonElement rope) && rope.ValueKind == JsonValueKind.Object && rope.TryGetProperty("rope_theta", out JsonElement theta)
            ? config with { RopeTheta = theta.GetSingle() }
            : config;
    }

    public void Save(string path) => File.WriteAllText(path, JsonSerializer.Serialize(this, Json) + "\n");

    /// <summary>Refuses shapes that the graph cannot express, naming the field.</summary>
    /// <exception cref="ModelFormatException">A field is out of range or two fields contradict each other.</exception>
    public void Validate()
    {
        if (ModelType is not ("llama" or "qwen2" or "qwen3" or "mistral"))
            throw new ModelFormatException($"model_type '{ModelType}' is not supported; supported are llama, mistral, qwen2 and qwen3.");
        Positive("vocab_size", VocabSize);
        Positive("hidden_size", HiddenSize);
        Positive("intermediate_size", IntermediateSize);
        Positive("num_hidden_layers", Layers);
        Positive("num_attention_heads", Heads);
        Positive("num_key_value_heads", KeyValueHeads);
        Positive("max_position_embeddings", ContextLength);
        if (HeadDim <= 0 || HeadDim % 16 != 0)
            throw new ModelFormatException($"head_dim is {HeadDim}; attention with rotary positions needs a positive multiple of 16.");
        if (Heads % KeyValueHeads != 0)
            throw new ModelFormatException($"num_attention_heads ({Heads}) must be a multiple of num_key_value_heads ({KeyValueHeads}).");
        if (ValueHeadSize is <= 0)
            throw new ModelFormatException($"value_head_size is {ValueHeadSize}; it must be positive, or absent for a model without a value head.");
        if (ValueFeatures is { } features)
        {
            if (ValueHeadSize is null)
                throw new ModelFormatException("value_head_features is given and value_head_size is not: features need a value head.");
            if (features.Count != RewardFeatures.Count)
                throw new ModelFormatException($"value_head_features.count is {features.Count} and this version computes {RewardFeatures.Count}: train the value head again, or use the version that made it.");
            if (features.StepTokenId < 0 || features.StepTokenId >= VocabSize)
                throw new ModelFormatException($"value_head_features.step_token_id {features.StepTokenId} lies outside the vocabulary of {VocabSize}.");
        }
        foreach (int id in EosTokenIds)
            if (id < 0 || id >= VocabSize)
                throw new ModelFormatException($"eos_token_id {id} lies outside the vocabulary of {VocabSize}.");

        static void Positive(string field, int value)
        {
            if (value <= 0)
                throw new ModelFormatException($"{field} is {value}; it must be positive.");
        }
    }
}
