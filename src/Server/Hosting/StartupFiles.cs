using InferenceServer.Strategies.Feedback;

namespace InferenceServer.Server.Hosting;

/// <summary>Files of the operator's that strategies use.</summary>
public static class StartupFiles
{
    /// <exception cref="StartupException">The file is missing or malformed.</exception>
    public static FeedbackPhrases FeedbackPhrases(ServerOptions options)
    {
        if (options.FeedbackPhrases is not { } path)
            return Strategies.Feedback.FeedbackPhrases.BuiltIn;
        try
        {
            return Strategies.Feedback.FeedbackPhrases.Parse(File.ReadAllText(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new StartupException($"Server:FeedbackPhrases: {path}: {e.Message}", e);
        }
    }
}
