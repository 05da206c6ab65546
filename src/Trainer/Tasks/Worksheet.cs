using System.Globalization;

namespace InferenceServer.Trainer.Tasks;

/// <summary>
/// Writes a calculation out by the places of its digits, as on paper: <c>4*37: 4*30=120, 4*7=28, 120+28=148</c>. Each part is a fact that a small model gets
/// right nearly always, so what is left to get wrong is the plan. A calculation without carry, borrow or second digit stays in one piece: <c>12+5=17</c>.
/// </summary>
public static class Worksheet
{
    /// <summary>The value of an operation on non-negative numbers; null for a negative difference, a remainder, or an unknown operator.</summary>
    public static int? Compute(int a, char op, int b) => op switch
    {
        '+' => a + b,
        '-' when a >= b => a - b,
        '*' => a * b,
        '/' when b > 0 && a % b == 0 => a / b,
        _ => null,
    };

    /// <summary>Whether the calculation has a written form: products and quotients need a factor or divisor of one digit, ten, or (below ten times it) any.</summary>
    public static bool CanWrite(int a, char op, int b) => op switch
    {
        '*' => Math.Min(a, b) <= 10,
        '/' => b <= 10 || a / b <= 10,
        _ => true,
    };

    /// <summary>The calculation, written out where it has to be; it ends in its value.</summary>
    public static string Equation(int a, char op, int b)
    {
        List<string> parts = op switch
        {
            '+' => Sum(a, b),
            '-' => Difference(a, b),
            '*' => Product(a, b),
            _ => Quotient(a, b),
        };
        return parts.Count == 1 ? parts[0] : $"{Text(a)}{op}{Text(b)}: {string.Join(", ", parts)}";
    }

    private static List<string> Sum(int a, int b) => Apply(a, '+', Places(b, a % 10 + b % 10 >= 10, a / 10 % 10 + b / 10 % 10 >= 10));

    private static List<string> Difference(int a, int b) => Apply(a, '-', Places(b, a % 10 < b % 10, a / 10 % 10 < b / 10 % 10));

    private static List<string> Product(int a, int b)
    {
        bool small = a <= b;
        int factor = Math.Min(a, b);
        int[] places = factor >= 10 ? [Math.Max(a, b)] : Places(Math.Max(a, b), true, true);
        return places.Length == 1 ? [Part(a, '*', b)] : WithSum([.. places.Select(p => small ? Part(factor, '*', p) : Part(p, '*', factor))], [.. places.Select(p => p * factor)]);
    }

    private static List<string> Quotient(int a, int b)
    {
        int[] places = b >= 10 ? [a / b] : Places(a / b, true, true);
        return places.Length == 1 ? [Part(a, '/', b)] : WithSum([.. places.Select(p => Part(p * b, '/', b))], places);
    }

    /// <summary>One operation after another on the running value.</summary>
    private static List<string> Apply(int value, char op, int[] operands)
    {
        List<string> parts = [];
        foreach (int operand in operands)
        {
            parts.Add(Part(value, op, operand));
            value = Compute(value, op, operand)!.Value;
        }
        return parts;
    }

    private static List<string> WithSum(List<string> parts, int[] values)
    {
        parts.AddRange(Apply(values[0], '+', values[1..]));
        return parts;
    }

    /// <summary>The number as hundreds, tens and ones, cut only where asked for.</summary>
    private static int[] Places(int number, bool cutOnes, bool cutTens)
    {
        int ones = cutOnes ? number % 10 : 0, rest = number - ones;
        int tens = cutTens ? rest % 100 : 0;
        return [.. ((int[])[rest - tens, tens, ones]).Where(place => place > 0)];
    }

    private static string Part(int a, char op, int b) => $"{Text(a)}{op}{Text(b)}={Text(Compute(a, op, b)!.Value)}";

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
