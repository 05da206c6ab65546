namespace InferenceServer.Modeling.Text.Jinja;

internal enum TokenKind
{
    /// <summary>Template text, copied to the output.</summary>
    Text,
    BeginOutput,
    EndOutput,
    BeginStatement,
    EndStatement,
    Name,
    String,
    Integer,
    Float,
    Operator,
    End,
}

internal readonly record struct Token(TokenKind Kind, string Text, int Line)
{
    public bool Is(TokenKind kind, string text) => Kind == kind && Text == text;

    public override string ToString() => Kind switch
    {
        TokenKind.End => "the end of the template",
        TokenKind.BeginOutput => "'{{'",
        TokenKind.EndOutput => "'}}'",
        TokenKind.BeginStatement => "'{%'",
        TokenKind.EndStatement => "'%}'",
        TokenKind.Text => "text",
        _ => $"'{Text}'",
    };
}
