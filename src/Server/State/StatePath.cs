namespace InferenceServer.Server.State;

/// <summary>Where state is kept when nobody says: the user's own data folder, never the working directory.</summary>
public static class StatePath
{
    private const string Folder = "inference-server", File = "state.db";

    /// <summary><c>$XDG_DATA_HOME/inference-server/state.db</c>, or the system's own place for the user's data (<c>~/.local/share</c>, <c>%LOCALAPPDATA%</c>).
    /// A user without a home has it in the temporary folder.</summary>
    public static string Default
    {
        get
        {
            string data = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
            return Path.Combine(data.Length > 0 ? data : Path.GetTempPath(), Folder, File);
        }
    }
}
