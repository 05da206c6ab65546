namespace InferenceServer.Architecture.Tests;

/// <summary>The checkout that the tests were built in.</summary>
internal static class Repository
{
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    private static string Find(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
            if (File.Exists(Path.Combine(at.FullName, "InferenceServer.sln")))
                return at.FullName;
        throw new InvalidOperationException($"No InferenceServer.sln above {folder}.");
    }
}
