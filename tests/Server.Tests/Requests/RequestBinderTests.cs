using System.Text;
using InferenceServer.Server.Errors;
using InferenceServer.Server.Requests;

namespace InferenceServer.Server.Tests.Requests;

public sealed class RequestBinderTests
{
    private const string Hello = """ "messages":[{"role":"user","content":"hi"}] """;

    [Fact]
    public void Bind_EveryField_ArrivesInItsProperty()
    {
        var request = Bind<ChatCompletionRequest>($$"""
            {{{Hello}}, "model":"m", "temperature":0.5, "top_p":0.9, "top_k":-1, "min_p":0.1, "frequency_penalty":-1, "presence_penalty":1, "repetition_penalty":1.1,
             "logit_bias":{"5":-100,"7":1.5}, "seed":-3, "stop":["a","b"], "ignore_eos":true, "stream":true, "stream_options":{"include_usage":true},
             "max_completion_tokens":9, "n":3, "logprobs":true, "top_logprobs":20, "user":"u", "budget":{"max_total_tokens":100,"deadline_ms":5}, "include":["bill"]}
            """);
        Assert.Equal(("m", 0.5, 0.9, -1, 0.1), (request.Model, request.Temperature, request.TopP, request.TopK, request.MinP));
        Assert.Equal((-1.0, 1.0, 1.1), (request.FrequencyPenalty, request.PresencePenalty, request.RepetitionPenalty));
        Assert.Equal(new Dictionary<int, float> { [5] = -100, [7] = 1.5f }, request.LogitBias!.Biases);
        Assert.Equal(-3, request.Seed);
        Assert.Equal(["a", "b"], request.Stop!.Strings);
        Assert.True(request.IgnoreEos && request.Stream && request.StreamOptions!.IncludeUsage && request.Logprobs && request.Include!.Bill);
        Assert.Equal((9, 3, 20), (request.MaxCompletionTokens, request.N, request.TopLogprobs));
        Assert.Equal((100, 5), (request.Budget!.MaxTotalTokens, request.Budget.DeadlineMs));
    }

    [Fact]
    public void Bind_NullField_IsAsIfAbsent()
    {
        var request = Bind<ChatCompletionRequest>($$"""{{{Hello}}, "temperature":null, "n":null, "stop":null, "tools":null}""");
        Assert.Equal((1.0, 1), (request.Temperature, request.N));
        Assert.Null(request.Stop);
    }

    [Theory]
    [InlineData("\"temperature\":-0.1", "temperature", "invalid_value")]
    [InlineData("\"temperature\":1e999", "temperature", "invalid_value")]
    [InlineData("\"temperature\":\"hot\"", "temperature", "invalid_type")]
    [InlineData("\"top_p\":1.01", "top_p", "invalid_value")]
    [InlineData("\"n\":0", "n", "invalid_value")]
    [InlineData("\"n\":129", "n", "invalid_value")]
    [InlineData("\"n\":1.5", "n", "invalid_type")]
    [InlineData("\"n\":99999999999", "n", "invalid_value")]
    [InlineData("\"max_tokens\":0", "max_tokens", "invalid_value")]
    [InlineData("\"max_completion_tokens\":-1", "max_completion_tokens", "invalid_value")]
    [InlineData("\"seed\":99999999999999999999", "seed", "invalid_value")]
    [InlineData("\"stream\":1", "stream", "invalid_type")]
    [InlineData("\"stop\":\"\"", "stop", "invalid_value")]
    [InlineData("\"stop\":[\"a\",5]", "stop[1]", "invalid_type")]
    [InlineData("\"logit_bias\":{\"x\":1}", "logit_bias.x", "invalid_value")]
    [InlineData("\"logit_bias\":{\"5\":101}", "logit_bias.5", "invalid_value")]
    [InlineData("\"logit_bias\":[]", "logit_bias", "invalid_type")]
    [InlineData("\"top_logprobs\":21", "top_logprobs", "invalid_value")]
    [InlineData("\"stream_options\":{\"include_usag\":true}", "stream_options.include_usag", "unknown_parameter")]
    [InlineData("\"budget\":{\"deadline_ms\":0}", "budget.deadline_ms", "invalid_value")]
    [InlineData("\"include\":[\"bil\"]", "include[0]", "invalid_value")]
    [InlineData("\"user\":\"\\ud800\"", "user", "invalid_utf8")]
    [InlineData("\"tools\":[{}]", "tools", "unsupported_parameter")]
    [InlineData("\"response_format\":{\"type\":\"json_object\"}", "response_format", "unsupported_parameter")]
    [InlineData("\"audio\":{}", "audio", "unsupported_parameter")]
    public void Bind_BadField_NamesItsPath(string field, string path, string code)
    {
        ApiError error = Refusal<ChatCompletionRequest>($$"""{{{Hello}}, {{field}}}""");
        Assert.Equal((path, code), (error.Param, error.Code));
        Assert.Contains($"'{path}'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]", "messages", "invalid_value")]
    [InlineData("null", "messages", "missing_required_parameter")]
    [InlineData("\"hi\"", "messages", "invalid_type")]
    [InlineData("[\"hi\"]", "messages[0]", "invalid_type")]
    [InlineData("[{\"content\":\"hi\"}]", "messages[0].role", "missing_required_parameter")]
    [InlineData("[{\"role\":\"user\"}]", "messages[0].content", "missing_required_parameter")]
    [InlineData("[{\"role\":\"user\",\"content\":5}]", "messages[0].content", "invalid_type")]
    [InlineData("[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\"}]}]", "messages[0].content[0].type", "unsupported_parameter")]
    [InlineData("[{\"role\":\"user\",\"content\":[{\"type\":\"text\"}]}]", "messages[0].content[0].text", "missing_required_parameter")]
    [InlineData("[{\"role\":\"user\",\"content\":\"hi\",\"tool_calls\":[{}]}]", "messages[0].tool_calls", "unsupported_parameter")]
    public void Bind_BadMessages_NamesThePath(string messages, string path, string code)
    {
        ApiError error = Refusal<ChatCompletionRequest>($$"""{"messages":{{messages}}}""");
        Assert.Equal((path, code), (error.Param, error.Code));
    }

    [Fact]
    public void Bind_UnknownField_SuggestsTheNearest()
    {
        ApiError error = Refusal<ChatCompletionRequest>($$"""{{{Hello}}, "temprature":0}""");
        Assert.Equal(("temprature", "unknown_parameter"), (error.Param, error.Code));
        Assert.Contains("did you mean 'temperature'?", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bind_UnknownFieldOfAPart_NothingLikeIt_SaysWhichThereAre()
    {
        ApiError error = Refusal<ChatCompletionRequest>($$"""{{{Hello}}, "stream_options":{"colour":1} }""");
        Assert.Equal(("stream_options.colour", "unknown_parameter"), (error.Param, error.Code));
        Assert.Contains("fields here are include_", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bind_UnknownFieldWhenLenient_IsIgnored() =>
        Assert.Equal(0.5, Bind<ChatCompletionRequest>($$"""{{{Hello}}, "temprature":0, "temperature":0.5}""", strict: false).Temperature);

    [Fact]
    public void Bind_UnsupportedFieldWhenLenient_IsStillRefused() =>
        Assert.Equal("unsupported_parameter", Refusal<ChatCompletionRequest>($$"""{{{Hello}}, "tools":[{}]}""", strict: false).Code);

    [Theory]
    [InlineData("\"tools\":[]")]
    [InlineData("\"response_format\":{\"type\":\"text\"}")]
    [InlineData("\"store\":false")]
    [InlineData("\"modalities\":[\"text\"]")]
    public void Bind_UnsupportedFieldThatAsksForNothing_IsAccepted(string field) => Bind<ChatCompletionRequest>($$"""{{{Hello}}, {{field}}}""");

    [Fact]
    public void Bind_TextParts_AreJoined()
    {
        var request = Bind<ChatCompletionRequest>("""{"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}]}""");
        Assert.Equal("ab", request.Messages[0].Content.Text);
    }

    [Theory]
    [InlineData("\"x\"", 1, false)]
    [InlineData("[\"x\",\"y\"]", 2, true)]
    [InlineData("[1,2,3]", 1, false)]
    [InlineData("[[1,2],[3]]", 2, true)]
    public void Bind_PromptForms_AreAllRead(string prompt, int items, bool isArray)
    {
        var request = Bind<CompletionRequest>($$"""{"prompt":{{prompt}}}""");
        Assert.Equal((items, isArray), (request.Prompt.Items.Count, request.Prompt.IsArray));
    }

    [Theory]
    [InlineData("[]", "prompt")]
    [InlineData("[-1]", "prompt[0]")]
    [InlineData("[[1],\"x\",true]", "prompt[2]")]
    [InlineData("{}", "prompt")]
    public void Bind_BadPrompt_NamesThePath(string prompt, string path) => Assert.Equal(path, Refusal<CompletionRequest>($$"""{"prompt":{{prompt}}}""").Param);

    private static T Bind<T>(string json, bool strict = true) where T : class
    {
        using var document = JsonBody.Parse(Encoding.UTF8.GetBytes(json));
        return new RequestBinder(strict).Bind<T>(document.RootElement);
    }

    private static ApiError Refusal<T>(string json, bool strict = true) where T : class => Assert.Throws<ApiException>(() => Bind<T>(json, strict)).Error;
}
