using System.Text;
using static InferenceServer.Modeling.Text.Jinja.Values;

namespace InferenceServer.Modeling.Text.Jinja;

/// <summary>Runs statements.</summary>
internal sealed class Interpreter(Evaluator evaluator)
{
    private const int MaxCharacters = 16_000_000, MaxMacroDepth = 50;

    private StringBuilder _output = new();
    private int _macroDepth;

    private enum Flow
    {
        Next,
        Break,
        Continue,
    }

    public string Run(IReadOnlyList<Statement> statements, Scope scope)
    {
        RunBody(statements, scope);
        return _output.ToString();
    }

    private Flow RunBody(IReadOnlyList<Statement> body, Scope scope)
    {
        foreach (Statement statement in body)
        {
            evaluator.Line = statement.Line;
            if (RunStatement(statement, scope) is not Flow.Next and var flow)
                return flow;
        }
        return Flow.Next;
    }

    private Flow RunStatement(Statement statement, Scope scope)
    {
        switch (statement)
        {
            case TextStatement text:
                Write(text.Text);
                return Flow.Next;
            case OutputStatement output:
                Write(PythonText.Str(evaluator.Evaluate(output.Value, scope)));
                return Flow.Next;
            case IfStatement choice:
                foreach (var (condition, body) in choice.Branches)
                    if (IsTrue(evaluator.Evaluate(condition, scope)))
                        return RunBody(body, scope);
                return RunBody(choice.Else, scope);
            case ForStatement loop:
                return RunLoop(loop, scope);
            case SetStatement set:
                Assign(set, evaluator.Evaluate(set.Value, scope), scope);
                return Flow.Next;
            case SetBlockStatement set:
                scope[set.Target] = Capture(set.Body, scope);
                return Flow.Next;
            case MacroStatement macro:
                scope[macro.Name] = (Function)(arguments => RunMacro(macro, arguments, scope));
                return Flow.Next;
            case BlockStatement block:
                return RunBody(block.Body, scope);
            case BreakStatement:
                return Flow.Break;
            case ContinueStatement:
                return Flow.Continue;
            default:
                throw new InvalidOperationException($"{statement.GetType().Name} cannot be run.");
        }
    }

    private Flow RunLoop(ForStatement loop, Scope outer)
    {
        var items = Items(evaluator.Evaluate(loop.Items, outer)).Select(item => (Item: item, Scope: Bind(loop.Targets, item, new Scope(outer)))).ToList();
        if (loop.Filter is { } filter)
            items = [.. items.Where(i => IsTrue(evaluator.Evaluate(filter, i.Scope)))];
        if (items.Count == 0)
            return RunBody(loop.Else, outer);
        for (int i = 0; i < items.Count; i++)
        {
            items[i].Scope["loop"] = new Dictionary<string, object?>
            {
                ["index"] = i + 1L,
                ["index0"] = (long)i,
                ["revindex"] = (long)items.Count - i,
                ["revindex0"] = items.Count - i - 1L,
                ["first"] = i == 0,
                ["last"] = i == items.Count - 1,
                ["length"] = (long)items.Count,
                ["previtem"] = i > 0 ? items[i - 1].Item : new Undefined("loop.previtem"),
                ["nextitem"] = i + 1 < items.Count ? items[i + 1].Item : new Undefined("loop.nextitem"),
            };
            if (RunBody(loop.Body, items[i].Scope) == Flow.Break)
                break;
        }
        return Flow.Next;
    }

    private static Scope Bind(IReadOnlyList<string> targets, object? value, Scope scope)
    {
        if (targets.Count == 1)
            scope[targets[0]] = value;
        else
        {
            object?[] parts = [.. Items(value)];
            if (parts.Length != targets.Count)
                throw new JinjaException($"{parts.Length} values for the {targets.Count} variables {string.Join(", ", targets)}");
            for (int i = 0; i < parts.Length; i++)
                scope[targets[i]] = parts[i];
        }
        return scope;
    }

    private static void Assign(SetStatement set, object? value, Scope scope)
    {
        if (set.Attribute is not { } attribute)
            Bind(set.Targets, value, scope);
        else if (scope[set.Targets[0]] is Namespace space)
            space[attribute] = value;
        else
            throw new JinjaException($"'{set.Targets[0]}' is no namespace, so its '{attribute}' cannot be set");
    }

    private string RunMacro(MacroStatement macro, Arguments arguments, Scope outer)
    {
        var scope = new Scope(outer);
        for (int i = 0; i < macro.Parameters.Count; i++)
        {
            var (name, otherwise) = macro.Parameters[i];
            object? absent = otherwise is null ? new Undefined(name) : evaluator.Evaluate(otherwise, scope);
            scope[name] = arguments.At(i, name, absent);
        }
        // A macro that calls itself for ever would end the process.
        if (++_macroDepth > MaxMacroDepth)
            throw new JinjaException($"macros call each other more than {MaxMacroDepth} deep");
        string text = Capture(macro.Body, scope);
        _macroDepth--;
        return text;
    }

    private string Capture(IReadOnlyList<Statement> body, Scope scope)
    {
        StringBuilder outer = _output;
        _output = new StringBuilder();
        RunBody(body, scope);
        string text = _output.ToString();
        _output = outer;
        return text;
    }

    private void Write(string text)
    {
        if (_output.Length + text.Length > MaxCharacters)
            throw new JinjaException($"the output exceeds {MaxCharacters} characters");
        _output.Append(text);
    }
}
