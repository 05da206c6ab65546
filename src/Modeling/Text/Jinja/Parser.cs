namespace InferenceServer.Modeling.Text.Jinja;

/// <summary>Parses a template's statements.</summary>
internal sealed class Parser
{
    private readonly TokenReader _tokens;
    private readonly ExpressionParser _expressions;

    private Parser(TokenReader tokens)
    {
        _tokens = tokens;
        _expressions = new ExpressionParser(tokens);
    }

    /// <exception cref="JinjaException">The template is malformed, or uses a statement that is not supported.</exception>
    public static IReadOnlyList<Statement> Parse(string template)
    {
        var parser = new Parser(new TokenReader(Lexer.Tokenize(template)));
        return parser.ParseBody([], opener: null);
    }

    /// <summary>Statements up to one of the closing words, which is left as the next token (after its '{%').</summary>
    private List<Statement> ParseBody(string[] until, Token? opener)
    {
        var body = new List<Statement>();
        while (true)
        {
            Token token = _tokens.Next();
            switch (token.Kind)
            {
                case TokenKind.Text:
                    body.Add(new TextStatement(token.Text, token.Line));
                    break;
                case TokenKind.BeginOutput:
                    body.Add(new OutputStatement(_expressions.ParseTuple(), token.Line));
                    _tokens.Expect(TokenKind.EndOutput, "'}}'");
                    break;
                case TokenKind.BeginStatement when _tokens.Current.Kind == TokenKind.Name && until.Contains(_tokens.Current.Text):
                    return body;
                case TokenKind.BeginStatement:
                    body.Add(ParseStatement());
                    break;
                case TokenKind.End when opener is { } open:
                    throw new JinjaException($"'{open.Text}' is not closed: '{until[^1]}' is missing", open.Line);
                default:
                    return body;
            }
        }
    }

    private Statement ParseStatement()
    {
        Token word = _tokens.Expect(TokenKind.Name, "a statement");
        switch (word.Text)
        {
            case "if":
                return ParseIf(word);
            case "for":
                return ParseFor(word);
            case "set":
                return ParseSet(word);
            case "macro":
                return ParseMacro(word);
            case "generation":
                End();
                return new BlockStatement(Body(word, "endgeneration"), word.Line);
            case "break":
                End();
                return new BreakStatement(word.Line);
            case "continue":
                End();
                return new ContinueStatement(word.Line);
            default:
                throw new JinjaException($"the statement '{word.Text}' is unknown or stands in the wrong place", word.Line);
        }
    }

    private IfStatement ParseIf(Token word)
    {
        var branches = new List<(Expression, IReadOnlyList<Statement>)>();
        do
        {
            Expression condition = _expressions.Parse();
            End();
            branches.Add((condition, ParseBody(["elif", "else", "endif"], word)));
        }
        while (_tokens.TakeName("elif"));
        IReadOnlyList<Statement> otherwise = ParseElse(word, "endif");
        return new IfStatement(branches, otherwise, word.Line);
    }

    private ForStatement ParseFor(Token word)
    {
        var targets = ParseTargets();
        _tokens.ExpectName("in");
        Expression items = _expressions.ParseOr();
        Expression? filter = _tokens.TakeName("if") ? _expressions.Parse() : null;
        End();
        var body = ParseBody(["else", "endfor"], word);
        return new ForStatement(targets, items, filter, body, ParseElse(word, "endfor"), word.Line);
    }

    private List<Statement> ParseElse(Token word, string end)
    {
        List<Statement> body = [];
        if (_tokens.TakeName("else"))
        {
            End();
            body = ParseBody([end], word);
        }
        _tokens.ExpectName(end);
        End();
        return body;
    }

    private Statement ParseSet(Token word)
    {
        var targets = ParseTargets();
        string? attribute = _tokens.TakeOperator(".") ? _tokens.Expect(TokenKind.Name, "the name of an attribute").Text : null;
        if (_tokens.Current.Kind == TokenKind.EndStatement && attribute is null && targets.Count == 1)
        {
            End();
            return new SetBlockStatement(targets[0], Body(word, "endset"), word.Line);
        }
        _tokens.ExpectOperator("=");
        Expression value = _expressions.ParseTuple();
        End();
        return new SetStatement(targets, attribute, value, word.Line);
    }

    private MacroStatement ParseMacro(Token word)
    {
        string name = _tokens.Expect(TokenKind.Name, "the name of a macro").Text;
        _tokens.ExpectOperator("(");
        var parameters = new List<(string, Expression?)>();
        while (!_tokens.TakeOperator(")"))
        {
            string parameter = _tokens.Expect(TokenKind.Name, "the name of a parameter").Text;
            parameters.Add((parameter, _tokens.TakeOperator("=") ? _expressions.Parse() : null));
            if (!_tokens.IsOperator(")"))
                _tokens.ExpectOperator(",");
        }
        End();
        return new MacroStatement(name, parameters, Body(word, "endmacro"), word.Line);
    }

    private List<string> ParseTargets()
    {
        bool parenthesis = _tokens.TakeOperator("(");
        var targets = new List<string>();
        do
            targets.Add(_tokens.Expect(TokenKind.Name, "the name of a variable").Text);
        while (_tokens.TakeOperator(","));
        if (parenthesis)
            _tokens.ExpectOperator(")");
        return targets;
    }

    private List<Statement> Body(Token word, string end)
    {
        var body = ParseBody([end], word);
        _tokens.ExpectName(end);
        End();
        return body;
    }

    private void End() => _tokens.Expect(TokenKind.EndStatement, "'%}'");
}
