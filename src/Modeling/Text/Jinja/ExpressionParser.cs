using System.Globalization;

namespace InferenceServer.Modeling.Text.Jinja;

/// <summary>Parses expressions by recursive descent, loosest binding first: if-else, or, and, not, comparisons, + -, ~, * / // %, unary, **, postfix, filters and tests.</summary>
internal sealed class ExpressionParser(TokenReader tokens)
{
    private static readonly string[] Comparisons = ["==", "!=", "<", ">", "<=", ">="];

    /// <summary>An expression, or several with commas between them as a list.</summary>
    public Expression ParseTuple()
    {
        Expression first = Parse();
        if (!tokens.IsOperator(","))
            return first;
        var items = new List<Expression> { first };
        while (tokens.TakeOperator(",") && tokens.Current.Kind is not (TokenKind.EndOutput or TokenKind.EndStatement) && !tokens.IsOperator(")"))
            items.Add(Parse());
        return new ListExpression(items, first.Line);
    }

    public Expression Parse()
    {
        Expression value = ParseOr();
        while (tokens.TakeName("if"))
        {
            Expression condition = ParseOr();
            value = new Conditional(condition, value, tokens.TakeName("else") ? Parse() : null, value.Line);
        }
        return value;
    }

    /// <summary>An expression without if-else, as in <c>for x in items if condition</c>.</summary>
    public Expression ParseOr()
    {
        Expression left = ParseAnd();
        while (tokens.TakeName("or"))
            left = new Binary("or", left, ParseAnd(), left.Line);
        return left;
    }

    private Expression ParseAnd()
    {
        Expression left = ParseNot();
        while (tokens.TakeName("and"))
            left = new Binary("and", left, ParseNot(), left.Line);
        return left;
    }

    private Expression ParseNot()
    {
        int line = tokens.Current.Line;
        return tokens.TakeName("not") ? new Unary("not", ParseNot(), line) : ParseComparison();
    }

    private Expression ParseComparison()
    {
        Expression left = ParseSum();
        while (true)
        {
            if (tokens.Current.Kind == TokenKind.Operator && Comparisons.Contains(tokens.Current.Text))
                left = new Binary(tokens.Next().Text, left, ParseSum(), left.Line);
            else if (tokens.TakeName("in"))
                left = new Binary("in", left, ParseSum(), left.Line);
            else if (tokens.IsName("not") && tokens.Following.Is(TokenKind.Name, "in"))
            {
                tokens.Next();
                tokens.Next();
                left = new Unary("not", new Binary("in", left, ParseSum(), left.Line), left.Line);
            }
            else
                return left;
        }
    }

    private Expression ParseSum() => ParseChain(["+", "-"], ParseConcatenation);

    private Expression ParseConcatenation() => ParseChain(["~"], ParseProduct);

    private Expression ParseProduct() => ParseChain(["*", "/", "//", "%"], () => ParseUnary(withFilters: true));

    private Expression ParseChain(string[] operators, Func<Expression> operand)
    {
        Expression left = operand();
        while (tokens.Current.Kind == TokenKind.Operator && operators.Contains(tokens.Current.Text))
            left = new Binary(tokens.Next().Text, left, operand(), left.Line);
        return left;
    }

    private Expression ParseUnary(bool withFilters)
    {
        int line = tokens.Current.Line;
        Expression value;
        if (tokens.IsOperator("-") || tokens.IsOperator("+"))
            value = new Unary(tokens.Next().Text, ParseUnary(withFilters: false), line);
        else
        {
            value = ParsePostfix(ParsePrimary());
            if (tokens.TakeOperator("**"))
                value = new Binary("**", value, ParseUnary(withFilters: false), line);
        }
        return withFilters ? ParseFiltersAndTests(value) : value;
    }

    private Expression ParsePrimary()
    {
        Token token = tokens.Next();
        switch (token.Kind)
        {
            case TokenKind.Name:
                return token.Text switch
                {
                    "true" or "True" => new Literal(true, token.Line),
                    "false" or "False" => new Literal(false, token.Line),
                    "none" or "None" => new Literal(null, token.Line),
                    _ => new Variable(token.Text, token.Line),
                };
            case TokenKind.String:
                string text = token.Text;
                while (tokens.Current.Kind == TokenKind.String)
                    text += tokens.Next().Text;
                return new Literal(text, token.Line);
            case TokenKind.Integer when long.TryParse(token.Text, CultureInfo.InvariantCulture, out long integer):
                return new Literal(integer, token.Line);
            case TokenKind.Float:
                return new Literal(double.Parse(token.Text, CultureInfo.InvariantCulture), token.Line);
            case TokenKind.Operator when token.Text == "(":
                if (tokens.TakeOperator(")"))
                    return new ListExpression([], token.Line);
                Expression inner = ParseTuple();
                tokens.ExpectOperator(")");
                return inner;
            case TokenKind.Operator when token.Text == "[":
                return new ListExpression(ParseItems("]", Parse), token.Line);
            case TokenKind.Operator when token.Text == "{":
                return new DictionaryExpression(ParseItems("}", ParsePair), token.Line);
            default:
                throw new JinjaException($"expected an expression and found {token}", token.Line);
        }
    }

    private (Expression Key, Expression Value) ParsePair()
    {
        Expression key = Parse();
        tokens.ExpectOperator(":");
        return (key, Parse());
    }

    private List<T> ParseItems<T>(string close, Func<T> item)
    {
        var items = new List<T>();
        while (!tokens.TakeOperator(close))
        {
            items.Add(item());
            if (!tokens.IsOperator(close))
                tokens.ExpectOperator(",");
        }
        return items;
    }

    private Expression ParsePostfix(Expression value)
    {
        while (true)
        {
            int line = tokens.Current.Line;
            if (tokens.TakeOperator("."))
                value = tokens.Current.Kind == TokenKind.Integer
                    ? new Subscript(value, ParsePrimary(), line)
                    : new Member(value, tokens.Expect(TokenKind.Name, "a name after '.'").Text, line);
            else if (tokens.TakeOperator("["))
                value = ParseSubscript(value, line);
            else if (tokens.IsOperator("("))
                value = new Call(value, ParseArguments(), line);
            else
                return value;
        }
    }

    private Expression ParseSubscript(Expression target, int line)
    {
        Expression? start = tokens.IsOperator(":") ? null : Parse();
        if (tokens.TakeOperator("]"))
            return new Subscript(target, start ?? throw tokens.Unexpected("an index"), line);
        tokens.ExpectOperator(":");
        Expression? stop = tokens.IsOperator(":") || tokens.IsOperator("]") ? null : Parse();
        Expression? step = tokens.TakeOperator(":") && !tokens.IsOperator("]") ? Parse() : null;
        tokens.ExpectOperator("]");
        return new Slice(target, start, stop, step, line);
    }

    private CallArguments ParseArguments()
    {
        tokens.ExpectOperator("(");
        var positional = new List<Expression>();
        var named = new List<(string, Expression)>();
        while (!tokens.TakeOperator(")"))
        {
            if (tokens.Current.Kind == TokenKind.Name && tokens.Following.Is(TokenKind.Operator, "="))
            {
                string name = tokens.Next().Text;
                tokens.Next();
                named.Add((name, Parse()));
            }
            else
                positional.Add(Parse());
            if (!tokens.IsOperator(")"))
                tokens.ExpectOperator(",");
        }
        return new CallArguments(positional, named);
    }

    private Expression ParseFiltersAndTests(Expression value)
    {
        while (true)
        {
            int line = tokens.Current.Line;
            if (tokens.TakeOperator("|"))
            {
                string name = tokens.Expect(TokenKind.Name, "the name of a filter").Text;
                value = new FilterExpression(value, name, tokens.IsOperator("(") ? ParseArguments() : CallArguments.None, line);
            }
            else if (tokens.TakeName("is"))
                value = ParseTest(value, line);
            else
                return value;
        }
    }

    private TestExpression ParseTest(Expression value, int line)
    {
        bool negated = tokens.TakeName("not");
        string name = tokens.Expect(TokenKind.Name, "the name of a test").Text;
        CallArguments arguments = CallArguments.None;
        if (tokens.IsOperator("("))
            arguments = ParseArguments();
        else if (TakesBareArgument())
            arguments = new CallArguments([ParsePostfix(ParsePrimary())], []);
        return new TestExpression(value, name, arguments, negated, line);
    }

    /// <summary>A test's one argument may stand without parentheses: <c>is divisibleby 3</c>.</summary>
    private bool TakesBareArgument() => tokens.Current.Kind switch
    {
        TokenKind.String or TokenKind.Integer or TokenKind.Float => true,
        TokenKind.Name => tokens.Current.Text is not ("else" or "or" or "and" or "if" or "is" or "not" or "in"),
        _ => tokens.IsOperator("["),
    };
}
