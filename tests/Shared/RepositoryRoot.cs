namespace InferenceServer.Shared;

/// <summary>Where the repository lies, for tests of the files in it.</summary>
public static class RepositoryRoot
{
    /// <summary>The folder of the solution.</summary>
    public static string Path { get; } = Find(new DirectoryInfo(AppContext.BaseDirectory));

    private static string Find(DirectoryInfo? folder) =>
        folder is null ? throw new InvalidOperationException($"No InferenceServer.sln above {AppContext.BaseDirectory}.")
        : File.Exists(System.IO.Path.Combine(folder.FullName, "InferenceServer.sln")) ? folder.FullName
        : Find(folder.Parent);
}
