namespace InferenceServer.Modeling.Text.Jinja;

/// <summary>
/// The part of the Jinja template language that chat templates use (<see href="https://jinja.palletsprojects.com/en/stable/templates/"/>): output,
/// if, for, set, macro, expressions, filters, tests, and the methods of strings and mappings. A template computes on its own values alone: it cannot reach
/// files, types or the network.
/// </summary>
internal sealed class JinjaTemplate
{
    private readonly IReadOnlyList<Statement> _statements;

    private JinjaTemplate(IReadOnlyList<Statement> statements) => _statements = statements;

    /// <exception cref="JinjaException">The template is malformed; the line is known.</exception>
    public static JinjaTemplate Parse(string source) => new(Parser.Parse(source));

    /// <param name="variables">Values as <see cref="Values"/> lists them.</param>
    /// <param name="time">What <c>strftime_now</c> tells.</param>
    /// <exception cref="JinjaException">The template went wrong, or refused its input.</exception>
    public string Render(IEnumerable<KeyValuePair<string, object?>> variables, TimeProvider time)
    {
        var scope = new Scope();
        Globals.AddTo(scope, time);
        foreach (var (name, value) in variables)
            scope[name] = value;
        var evaluator = new Evaluator();
        try
        {
            return new Interpreter(evaluator).Run(_statements, scope);
        }
        catch (JinjaException e) when (e.Line == 0)
        {
            throw new JinjaException(e.Message, evaluator.Line, e.Raised);
        }
    }
}
