using InferenceServer.Server.Errors;
using InferenceServer.Server.Requests;

namespace InferenceServer.Server.Api;

internal static class StreamRules
{
    /// <exception cref="ApiException">Options for a stream that was not asked for.</exception>
    public static void Check(bool stream, StreamOptionsFields? options)
    {
        if (options is not null && !stream)
            throw ApiException.InvalidValue("stream_options", "is only allowed with 'stream': true.");
    }
}
