using static InferenceServer.Modeling.Text.Jinja.Values;

namespace InferenceServer.Modeling.Text.Jinja;

/// <summary>Computes expressions.</summary>
internal sealed class Evaluator
{
    /// <summary>The line of the construct at work, for errors.</summary>
    public int Line { get; set; }

    public object? Evaluate(Expression expression, Scope scope)
    {
        Line = expression.Line;
        switch (expression)
        {
            case Literal literal:
                return literal.Value;
            case Variable variable:
                return scope[variable.Name];
            case ListExpression list:
                return list.Items.Select(i => Evaluate(i, scope)).ToList();
            case DictionaryExpression dictionary:
                var values = new Dictionary<string, object?>();
                foreach (var (key, value) in dictionary.Items)
                    values[Evaluate(key, scope) as string ?? throw new JinjaException("the keys of a mapping must be strings")] = Evaluate(value, scope);
                return values;
            case Member member:
                object? owner = Evaluate(member.Target, scope);
                return Methods.Find(owner, member.Name) ?? Element(owner, member.Name);
            case Subscript subscript:
                return Element(Evaluate(subscript.Target, scope), Evaluate(subscript.Index, scope));
            case Slice slice:
                return Slice(Evaluate(slice.Target, scope), Bound(slice.Start, scope), Bound(slice.Stop, scope), Bound(slice.Step, scope) ?? 1);
            case Call call:
                return EvaluateCall(call, scope);
            case FilterExpression filter:
                return Filters.Find(filter.Name)(Evaluate(filter.Target, scope), Evaluate(filter.Arguments, scope));
            case TestExpression test:
                return Tests.Find(test.Name)(Evaluate(test.Target, scope), Evaluate(test.Arguments, scope)) != test.Negated;
            case Unary { Operator: "not" } unary:
                return !IsTrue(Evaluate(unary.Operand, scope));
            case Unary unary:
                return Operators.Apply(unary.Operator, 0L, Evaluate(unary.Operand, scope));
            case Binary { Operator: "and" } and:
                object? first = Evaluate(and.Left, scope);
                return IsTrue(first) ? Evaluate(and.Right, scope) : first;
            case Binary { Operator: "or" } or:
                object? left = Evaluate(or.Left, scope);
                return IsTrue(left) ? left : Evaluate(or.Right, scope);
            case Binary binary:
                return Operators.Apply(binary.Operator, Evaluate(binary.Left, scope), Evaluate(binary.Right, scope));
            case Conditional conditional:
                return IsTrue(Evaluate(conditional.Condition, scope)) ? Evaluate(conditional.Then, scope)
                    : conditional.Else is { } otherwise ? Evaluate(otherwise, scope) : new Undefined("the missing else");
            default:
                throw new InvalidOperationException($"{expression.GetType().Name} has no evaluation.");
        }
    }

    public Arguments Evaluate(CallArguments arguments, Scope scope) => new(
        [.. arguments.Positional.Select(a => Evaluate(a, scope))],
        arguments.Named.ToDictionary(a => a.Name, a => Evaluate(a.Value, scope)));

    private object? EvaluateCall(Call call, Scope scope)
    {
        object? callee = Evaluate(call.Callee, scope);
        Arguments arguments = Evaluate(call.Arguments, scope);
        Line = call.Line;
        return callee switch
        {
            Function function => function(arguments),
            Undefined undefined => throw undefined.Error(),
            _ => throw new JinjaException($"{TypeName(callee)} cannot be called"),
        };
    }

    private long? Bound(Expression? bound, Scope scope) => bound is null || Evaluate(bound, scope) is not { } value ? null : Integer(value);
}
