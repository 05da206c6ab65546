namespace InferenceServer.Modeling.Text.Jinja;

/// <summary>A template cannot be read, or went wrong while it ran.</summary>
/// <param name="line">Line of the template, from 1; 0 where whoever throws does not know it.</param>
/// <param name="raised">The template itself refused its input, by <c>raise_exception</c>.</param>
internal sealed class JinjaException(string message, int line = 0, bool raised = false) : Exception(message)
{
    public int Line => line;

    public bool Raised => raised;
}
