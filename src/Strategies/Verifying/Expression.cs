using System.Globalization;

namespace InferenceServer.Strategies.Verifying;

/// <summary>
/// Evaluates arithmetic as people and models write it: + - * / ^, parentheses, × ÷ · −, thousands separators, percent, implicit products (2x, 3(x+1)),
/// \frac, \sqrt, \cdot, sqrt() and pi, with single letters as variables. Double precision.
/// </summary>
public sealed class Expression
{
    private const int MaxLength = 1000, MaxDepth = 64;

    private readonly string _text;
    private readonly Func<char, double> _variable;
    private int _at, _depth;

    private Expression(string text, Func<char, double> variable) => (_text, _variable) = (text, variable);

    /// <summary>The value; null when the text is no such expression. NaN and infinities are values too.</summary>
    /// <param name="text">The expression.</param>
    /// <param name="variable">Values of variables; without it a letter makes the text no expression.</param>
    public static double? Evaluate(string text, Func<char, double>? variable = null)
    {
        if (text.Length is 0 or > MaxLength)
            return null;
        var expression = new Expression(Plain(text), variable ?? (_ => throw new FormatException()));
        try
        {
            double value = expression.Sum();
            return expression.Peek() == '\0' ? value : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>LaTeX and typography as plain characters.</summary>
    private static string Plain(string text)
    {
        text = text.Replace("\\left", "", StringComparison.Ordinal).Replace("\\right", "", StringComparison.Ordinal).Replace("\\cdot", "*", StringComparison.Ordinal)
            .Replace("\\times", "*", StringComparison.Ordinal).Replace("\\div", "/", StringComparison.Ordinal).Replace("\\pi", "π", StringComparison.Ordinal)
            .Replace("pi", "π", StringComparison.Ordinal).Replace("**", "^", StringComparison.Ordinal).Replace("\\,", "", StringComparison.Ordinal);
        return text.Replace('×', '*').Replace('·', '*').Replace('÷', '/').Replace('−', '-').Replace('{', '(').Replace('}', ')').Replace('[', '(').Replace(']', ')');
    }

    private char Peek()
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at]))
            _at++;
        return _at < _text.Length ? _text[_at] : '\0';
    }

    private bool Take(char c)
    {
        if (Peek() != c)
            return false;
        _at++;
        return true;
    }

    private bool Take(string word)
    {
        Peek();
        if (string.CompareOrdinal(_text, _at, word, 0, word.Length) != 0)
            return false;
        _at += word.Length;
        return true;
    }

    private double Sum()
    {
        if (++_depth > MaxDepth)
            throw new FormatException();
        double value = Product();
        while (true)
        {
            if (Take('+'))
                value += Product();
            else if (Take('-'))
                value -= Product();
            else
            {
                _depth--;
                return value;
            }
        }
    }

    private double Product()
    {
        double value = Signed();
        while (true)
        {
            char next = Peek();
            if (Take('*'))
                value *= Signed();
            else if (Take('/'))
                value /= Signed();
            else if (next == '(' || next == '\\' || next == 'π' || char.IsAsciiLetter(next))
                value *= Power();
            else
                return value;
        }
    }

    private double Signed()
    {
        int sign = 1;
        while (Peek() is '-' or '+')
            sign = Take('-') ? -sign : Take('+') ? sign : sign;
        return sign * Power();
    }

    private double Power()
    {
        if (++_depth > MaxDepth)
            throw new FormatException();
        double value = Atom();
        while (Take('%'))
            value /= 100;
        if (Take('^'))
            value = Math.Pow(value, Signed());
        _depth--;
        return value;
    }

    private double Atom()
    {
        if (Take("\\frac") || Take("\\dfrac") || Take("\\tfrac"))
            return Parenthesised() / Parenthesised();
        if (Take("\\sqrt") || Take("sqrt"))
            return Math.Sqrt(Parenthesised());
        if (Peek() == '(')
            return Parenthesised();
        char c = Peek();
        if (char.IsAsciiDigit(c) || c == '.')
            return Number();
        if (LettersAhead() > 3)
            throw new FormatException();   // a word, not a product of variables
        _at++;
        return c == 'π' ? Math.PI : char.IsAsciiLetter(c) ? _variable(c) : throw new FormatException();
    }

    private int LettersAhead()
    {
        int end = _at;
        while (end < _text.Length && char.IsAsciiLetter(_text[end]))
            end++;
        return end - _at;
    }

    private double Parenthesised()
    {
        if (!Take('('))
            throw new FormatException();
        double value = Sum();
        return Take(')') ? value : throw new FormatException();
    }

    private double Number()
    {
        int start = _at;
        while (_at < _text.Length && (char.IsAsciiDigit(_text[_at]) || _text[_at] == '.' || IsThousandsSeparator()))
            _at++;
        return double.TryParse(_text[start.._at].Replace(",", "", StringComparison.Ordinal), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value)
            ? value : throw new FormatException();
    }

    private bool IsThousandsSeparator() =>
        _text[_at] == ',' && _at + 3 < _text.Length && _text.AsSpan(_at + 1, 3).IndexOfAnyExceptInRange('0', '9') < 0
        && (_at + 4 >= _text.Length || !char.IsAsciiDigit(_text[_at + 4]));
}
