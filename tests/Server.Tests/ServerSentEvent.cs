using System.Net;

namespace InferenceServer.Server.Tests;

/// <summary>One event of a stream, as a client parses it.</summary>
/// <param name="Name">Null for an unnamed event.</param>
public sealed record ServerSentEvent(string? Name, string Data);

internal static class ServerSentEvents
{
    /// <summary>Posts a request and reads its stream to the end.</summary>
    public static async Task<IReadOnlyList<ServerSentEvent>> StreamAsync(this TestServer server, string path, string json)
    {
        using HttpResponseMessage response = await server.PostAsync(path, json);
        string body = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, body);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        return [.. Parse(body)];
    }

    public static IEnumerable<ServerSentEvent> Parse(string body)
    {
        foreach (string block in body.Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            string? name = null, data = null;
            foreach (string line in block.Split('\n'))
                if (line.StartsWith("event: ", StringComparison.Ordinal))
                    name = line[7..];
                else if (line.StartsWith("data: ", StringComparison.Ordinal))
                    data = line[6..];
            if (data is not null)
                yield return new(name, data);
        }
    }
}
