namespace InferenceServer.Modeling.Text.Jinja;

/// <summary>A position in the tokens of a template.</summary>
internal sealed class TokenReader(IReadOnlyList<Token> tokens)
{
    private int _at;

    public Token Current => tokens[_at];

    public Token Following => tokens[Math.Min(_at + 1, tokens.Count - 1)];

    public Token Next()
    {
        Token token = tokens[_at];
        if (token.Kind != TokenKind.End)
            _at++;
        return token;
    }

    public bool IsOperator(string text) => Current.Is(TokenKind.Operator, text);

    public bool IsName(string text) => Current.Is(TokenKind.Name, text);

    public bool TakeOperator(string text) => Take(IsOperator(text));

    public bool TakeName(string text) => Take(IsName(text));

    public Token Expect(TokenKind kind, string what) => Current.Kind == kind ? Next() : throw Unexpected(what);

    public void ExpectOperator(string text)
    {
        if (!TakeOperator(text))
            throw Unexpected($"'{text}'");
    }

    public void ExpectName(string text)
    {
        if (!TakeName(text))
            throw Unexpected($"'{text}'");
    }

    public JinjaException Unexpected(string expected) => new($"expected {expected} and found {Current}", Current.Line);

    private bool Take(bool matches)
    {
        if (matches)
            Next();
        return matches;
    }
}
