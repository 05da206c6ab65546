#pragma warning disable OPENAI001 // Seeds and stored answers are marked as experimental in the client.
using System.ClientModel;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Models;

namespace InferenceServer.Server.Tests.Clients;

/// <summary>OpenAI's own .NET client against the server.</summary>
public sealed class OpenAIDotNetTests(TinyServerFixture tiny) : IClassFixture<TinyServerFixture>
{
    private static readonly ChatMessage[] Hello = [new SystemChatMessage("Count."), new UserChatMessage("How many stamps?")];

    private readonly OpenAIClient _client = new(new ApiKeyCredential("none"), new OpenAIClientOptions { Endpoint = new Uri(tiny.Server.Address, "/v1") });

    private ChatClient Chat => _client.GetChatClient(TestServer.ModelName);

    [Fact]
    public async Task CompleteChat_Logprobs_AreRead()
    {
        ChatCompletion completion = await Chat.CompleteChatAsync(Hello, Options(tokens: 8, logprobs: true));
        Assert.Equal((ChatMessageRole.Assistant, ChatFinishReason.Length, TestServer.ModelName), (completion.Role, completion.FinishReason, completion.Model));
        Assert.Equal(8, completion.Usage.OutputTokenCount);
        Assert.Equal(8, completion.ContentTokenLogProbabilities.Count);
        byte[] bytes = [.. completion.ContentTokenLogProbabilities.SelectMany(token => token.Utf8Bytes!.Value.ToArray())];
        Assert.Equal(Text(completion.Content), System.Text.Encoding.UTF8.GetString(bytes));
        Assert.All(completion.ContentTokenLogProbabilities, token => Assert.Equal(2, token.TopLogProbabilities.Count));
    }

    [Fact]
    public async Task CompleteChatStreaming_Deltas_AddUpToTheAnswer()
    {
        ChatCompletion whole = await Chat.CompleteChatAsync(Hello, Options(tokens: 20));
        string text = "";
        ChatFinishReason? finish = null;
        ChatTokenUsage? usage = null;
        int updates = 0;
        await foreach (StreamingChatCompletionUpdate update in Chat.CompleteChatStreamingAsync(Hello, Options(tokens: 20)))
        {
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));
            finish ??= update.FinishReason;
            usage ??= update.Usage;
            updates++;
        }
        Assert.Equal(Text(whole.Content), text);
        Assert.Equal(ChatFinishReason.Length, finish);
        Assert.Equal(whole.Usage.OutputTokenCount, usage?.OutputTokenCount);
        Assert.True(updates > 2);
    }

    [Fact]
    public async Task CompleteChat_ExtraFields_CarryThePlan()
    {
        using BinaryContent content = BinaryContent.Create(BinaryData.FromString("""
            {"model":"tiny","messages":[{"role":"user","content":"hi"}],"max_tokens":6,"ignore_eos":true,"n":2,
             "strategies":[{"name":"best_of_n","n":3,"select":"likelihood"}],"include":["bill"]}
            """));
        ClientResult result = await Chat.CompleteChatAsync(content);
        using var document = System.Text.Json.JsonDocument.Parse(result.GetRawResponse().Content);
        Assert.Equal(2, document.RootElement.GetProperty("choices").GetArrayLength());
        Assert.Equal("best_of_n", document.RootElement.GetProperty("strategies")[0].GetProperty("name").GetString());
        Assert.Equal(24, document.RootElement.GetProperty("bill").GetProperty("tokens").GetProperty("discarded").GetInt32());
    }

    [Fact]
    public async Task CompleteChat_ModelWithAStrategy_RunsIt()
    {
        ClientResult<ChatCompletion> result = await _client.GetChatClient($"{TestServer.ModelName}:best_of_n").CompleteChatAsync(Hello, Options(tokens: 4));
        Assert.True(result.GetRawResponse().Headers.TryGetValue("x-strategies", out string? plan));
        Assert.Contains("best_of_n", plan, StringComparison.Ordinal);
        Assert.Equal(16, result.Value.Usage.OutputTokenCount);
    }

    [Fact]
    public async Task CompleteChat_AbstainedAsStop_IsARefusal()
    {
        await using TestServer server = await TestServer.StartAsync(flags: ("AbstainAs", "stop"));
        var client = new OpenAIClient(new ApiKeyCredential("none"), new OpenAIClientOptions { Endpoint = new Uri(server.Address, "/v1") });
        ChatClient chat = client.GetChatClient($"{TestServer.ModelName}:bouncer");
        // The tiny model says something else each time, so the bouncer withholds the answer.
        ChatCompletion completion = await chat.CompleteChatAsync(Hello, Options(tokens: 4));
        Assert.Empty(completion.Content);
        Assert.Equal(ChatFinishReason.Stop, completion.FinishReason);
        Assert.Contains("not sure enough", completion.Refusal, StringComparison.Ordinal);
        string refusal = "";
        await foreach (StreamingChatCompletionUpdate update in chat.CompleteChatStreamingAsync(Hello, Options(tokens: 4)))
            refusal += update.RefusalUpdate;
        Assert.Contains("not sure enough", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CompleteChat_Stored_IsReadAndDeletedByTheClient()
    {
        ChatCompletionOptions options = Options(tokens: 4);
        options.StoredOutputEnabled = true;
        ChatCompletion sent = await Chat.CompleteChatAsync(Hello, options);
        ChatCompletion read = await Chat.GetChatCompletionAsync(sent.Id);
        Assert.Equal(Text(sent.Content), Text(read.Content));
        Assert.True((await Chat.DeleteChatCompletionAsync(sent.Id)).Value.Deleted);
        Assert.Equal(404, (await Assert.ThrowsAsync<ClientResultException>(async () => await Chat.GetChatCompletionAsync(sent.Id))).Status);
    }

    [Fact]
    public async Task CompleteChat_UnknownModel_ThrowsWithTheServersMessage()
    {
        var error = await Assert.ThrowsAsync<ClientResultException>(async () => await _client.GetChatClient("gpt-5").CompleteChatAsync(Hello));
        Assert.Equal(404, error.Status);
        Assert.Contains("model_not_found", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CompleteChat_Tools_AreRefusedByName()
    {
        var options = new ChatCompletionOptions { Tools = { ChatTool.CreateFunctionTool("add", "Adds.") } };
        var error = await Assert.ThrowsAsync<ClientResultException>(async () => await Chat.CompleteChatAsync(Hello, options));
        Assert.Equal(400, error.Status);
        Assert.Contains("tools", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CompleteChatStreaming_Abandoned_FreesTheEngine()
    {
        await foreach (StreamingChatCompletionUpdate update in Chat.CompleteChatStreamingAsync(Hello, Options(tokens: 150)))
            if (update.ContentUpdate.Count > 0)
                break;
        await tiny.Server.UntilAsync(() => tiny.Server.Engine.Statistics.Live == 0);
    }

    [Fact]
    public async Task GetModels_List_NamesTheModel()
    {
        OpenAIModelCollection models = await _client.GetOpenAIModelClient().GetModelsAsync();
        Assert.Equal(TestServer.ModelName, Assert.Single(models).Id);
        Assert.Equal(TestServer.ModelName, (await _client.GetOpenAIModelClient().GetModelAsync(TestServer.ModelName)).Value.Id);
    }

    private static ChatCompletionOptions Options(int tokens, bool logprobs = false) => new()
    {
        MaxOutputTokenCount = tokens,
        Temperature = 0.9f,
        TopP = 0.95f,
        FrequencyPenalty = 0.1f,
        PresencePenalty = 0.1f,
        Seed = 11,
        // The end token never comes, so that the lengths are known.
        LogitBiases = { [0] = -100 },
        IncludeLogProbabilities = logprobs ? true : null,
        TopLogProbabilityCount = logprobs ? 2 : null,
        EndUserId = "somebody",
    };

    private static string Text(ChatMessageContent content) => string.Concat(content.Select(part => part.Text));
}
