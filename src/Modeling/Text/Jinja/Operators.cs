using static InferenceServer.Modeling.Text.Jinja.Values;

namespace InferenceServer.Modeling.Text.Jinja;

/// <summary>The operators on two values, with Python's arithmetic: division gives a float, // and % round down.</summary>
internal static class Operators
{
    public static object? Apply(string op, object? left, object? right) => op switch
    {
        "==" => AreEqual(left, right),
        "!=" => !AreEqual(left, right),
        "<" => Compare(left, right) < 0,
        ">" => Compare(left, right) > 0,
        "<=" => Compare(left, right) <= 0,
        ">=" => Compare(left, right) >= 0,
        "in" => Contains(right, left),
        "~" => PythonText.Str(left) + PythonText.Str(right),
        "+" when left is string a && right is string b => a + b,
        "+" when left is List<object?> a && right is List<object?> b => a.Concat(b).ToList(),
        "*" when left is string text && right is long times => string.Concat(Enumerable.Repeat(text, (int)Math.Clamp(times, 0, 100_000))),
        _ => Arithmetic(op, left, right),
    };

    private static object Arithmetic(string op, object? left, object? right)
    {
        if (left is string or List<object?> || right is string or List<object?>)
            throw new JinjaException($"'{op}' cannot join {TypeName(left)} and {TypeName(right)}");
        double a = Number(left), b = Number(right);
        if (op is "/" or "//" or "%" && b == 0)
            throw new JinjaException("division by zero");
        if (op == "/")
            return a / b;
        if (op == "**")
            return left is double || right is double || b < 0 ? Math.Pow(a, b) : (object)(long)Math.Pow(a, b);
        if (left is double || right is double)
            return op switch { "+" => a + b, "-" => a - b, "*" => a * b, "//" => Math.Floor(a / b), "%" => a - b * Math.Floor(a / b), _ => throw Unknown() };
        long x = Integer(left), y = Integer(right), remainder = op is "//" or "%" ? ((x % y) + y) % y : 0;
        return op switch { "+" => x + y, "-" => x - y, "*" => x * y, "//" => (x - remainder) / y, "%" => remainder, _ => throw Unknown() };

        InvalidOperationException Unknown() => new($"The operator '{op}' has no evaluation.");
    }
}
