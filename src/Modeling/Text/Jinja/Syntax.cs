namespace InferenceServer.Modeling.Text.Jinja;

/// <summary>An expression of a template.</summary>
internal abstract record Expression(int Line);

internal sealed record Literal(object? Value, int Line) : Expression(Line);

internal sealed record Variable(string Name, int Line) : Expression(Line);

internal sealed record ListExpression(IReadOnlyList<Expression> Items, int Line) : Expression(Line);

internal sealed record DictionaryExpression(IReadOnlyList<(Expression Key, Expression Value)> Items, int Line) : Expression(Line);

internal sealed record Member(Expression Target, string Name, int Line) : Expression(Line);

internal sealed record Subscript(Expression Target, Expression Index, int Line) : Expression(Line);

internal sealed record Slice(Expression Target, Expression? Start, Expression? Stop, Expression? Step, int Line) : Expression(Line);

internal sealed record Call(Expression Callee, CallArguments Arguments, int Line) : Expression(Line);

internal sealed record FilterExpression(Expression Target, string Name, CallArguments Arguments, int Line) : Expression(Line);

internal sealed record TestExpression(Expression Target, string Name, CallArguments Arguments, bool Negated, int Line) : Expression(Line);

internal sealed record Unary(string Operator, Expression Operand, int Line) : Expression(Line);

internal sealed record Binary(string Operator, Expression Left, Expression Right, int Line) : Expression(Line);

internal sealed record Conditional(Expression Condition, Expression Then, Expression? Else, int Line) : Expression(Line);

internal sealed record CallArguments(IReadOnlyList<Expression> Positional, IReadOnlyList<(string Name, Expression Value)> Named)
{
    public static readonly CallArguments None = new([], []);
}

/// <summary>A piece of a template that writes output or changes variables.</summary>
internal abstract record Statement(int Line);

internal sealed record TextStatement(string Text, int Line) : Statement(Line);

internal sealed record OutputStatement(Expression Value, int Line) : Statement(Line);

internal sealed record IfStatement(IReadOnlyList<(Expression Condition, IReadOnlyList<Statement> Body)> Branches, IReadOnlyList<Statement> Else, int Line) : Statement(Line);

internal sealed record ForStatement(
    IReadOnlyList<string> Targets, Expression Items, Expression? Filter, IReadOnlyList<Statement> Body, IReadOnlyList<Statement> Else, int Line) : Statement(Line);

/// <summary>Assigns to a variable, to several (from a list), or to an attribute of a namespace.</summary>
internal sealed record SetStatement(IReadOnlyList<string> Targets, string? Attribute, Expression Value, int Line) : Statement(Line);

/// <summary>Assigns the output of its body.</summary>
internal sealed record SetBlockStatement(string Target, IReadOnlyList<Statement> Body, int Line) : Statement(Line);

internal sealed record MacroStatement(string Name, IReadOnlyList<(string Name, Expression? Default)> Parameters, IReadOnlyList<Statement> Body, int Line) : Statement(Line);

/// <summary>A mark around statements that means nothing for rendering (<c>generation</c>).</summary>
internal sealed record BlockStatement(IReadOnlyList<Statement> Body, int Line) : Statement(Line);

internal sealed record BreakStatement(int Line) : Statement(Line);

internal sealed record ContinueStatement(int Line) : Statement(Line);
