namespace InferenceServer.Server.Hosting;

/// <summary>Finds the model folder: the one asked for, or the bundled one.</summary>
public static class ModelSource
{
    private static readonly string Bundled = Path.Combine("models", "reasoner");

    /// <summary>The folder, which exists. The bundled model is copied beside the program when it is built; <c>models/reasoner</c> in the working directory or above it is
    /// found too, so that a model which was just trained is served without a new build.</summary>
    /// <exception cref="StartupException">There is no such folder.</exception>
    public static string Find(string? asked)
    {
        if (asked is not null)
            return Directory.Exists(asked) ? Path.GetFullPath(asked) : throw new StartupException($"The model folder '{asked}' does not exist.");
        var searched = new List<string>();
        for (string? folder = Directory.GetCurrentDirectory(); folder is not null; folder = Path.GetDirectoryName(folder))
            searched.Add(Path.Combine(folder, Bundled));
        searched.Add(Path.Combine(AppContext.BaseDirectory, Bundled));
        return searched.Find(Directory.Exists) ?? throw new StartupException(
            $"No model: there is no {Bundled} in {Directory.GetCurrentDirectory()}, above it, or in {AppContext.BaseDirectory}. Name a folder with --model PATH.");
    }
}
