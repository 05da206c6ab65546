using System.Globalization;
using System.Text;

namespace InferenceServer.Modeling.Text.Jinja;

/// <summary>
/// Cuts a template into tokens. White space follows Jinja with <c>trim_blocks</c> and <c>lstrip_blocks</c>, the settings that chat templates are written
/// for: a statement or comment swallows the line break after it and the indentation before it; a minus swallows all white space on its side.
/// </summary>
internal sealed class Lexer
{
    // Longest first, so that '**' is not read as two of '*'.
    private static readonly string[] Operators =
        ["**", "//", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~", "<", ">", "=", "(", ")", "[", "]", "{", "}", ",", ".", ":", "|"];

    private readonly string _source;
    private readonly List<Token> _tokens = [];
    private int _at;
    private int _line = 1;

    private Lexer(string source) => _source = source;

    /// <exception cref="JinjaException">A construct is not closed, or a character has no meaning.</exception>
    public static List<Token> Tokenize(string source)
    {
        source = source.ReplaceLineEndings("\n");
        // A template's own last line break is the file's, not the text's.
        var lexer = new Lexer(source.EndsWith('\n') ? source[..^1] : source);
        lexer.ReadTemplate();
        return lexer._tokens;
    }

    private void ReadTemplate()
    {
        bool trimStart = false, dropLineBreak = false;
        while (_at < _source.Length)
        {
            int open = FindOpening(_at);
            string text = _source[_at..open];
            char kind = open < _source.Length ? _source[open + 1] : '\0';
            char sign = open + 2 < _source.Length ? _source[open + 2] : '\0';
            Add(TokenKind.Text, Trim(text, trimStart, dropLineBreak, lineStart: _at == 0, kind, sign));
            Advance(open);
            if (open == _source.Length)
                break;
            Advance(open + (sign is '-' or '+' ? 3 : 2));
            (trimStart, dropLineBreak) = kind switch
            {
                '#' => SkipComment(),
                '{' => (ReadInside(TokenKind.BeginOutput, TokenKind.EndOutput, "}}"), false),
                _ => ReadInside(TokenKind.BeginStatement, TokenKind.EndStatement, "%}") ? (true, false) : (false, true),
            };
        }
        Add(TokenKind.End, "");
    }

    private int FindOpening(int from)
    {
        for (int i = from; i + 1 < _source.Length; i++)
            if (_source[i] == '{' && _source[i + 1] is '{' or '%' or '#')
                return i;
        return _source.Length;
    }

    /// <param name="lineStart">The text begins a line: of the template's, or after a line break that is dropped.</param>
    private static string Trim(string text, bool trimStart, bool dropLineBreak, bool lineStart, char next, char sign)
    {
        if (trimStart)
            text = text.TrimStart();
        else if (dropLineBreak && text.StartsWith('\n'))
            (text, lineStart) = (text[1..], true);
        if (sign == '-')
            return text.TrimEnd();
        if (next is not ('%' or '#') || sign == '+')
            return text;
        string unindented = text.TrimEnd(' ', '\t');
        return unindented.EndsWith('\n') || (unindented.Length == 0 && lineStart) ? unindented : text;
    }

    private (bool TrimStart, bool DropLineBreak) SkipComment()
    {
        int close = _source.IndexOf("#}", _at, StringComparison.Ordinal);
        if (close < 0)
            throw new JinjaException("the comment '{#' is not closed", _line);
        bool trim = _source[close - 1] == '-';
        Advance(close + 2);
        return (trim, !trim);
    }

    /// <summary>Reads the tokens up to the closing mark; true when it has a minus.</summary>
    private bool ReadInside(TokenKind begin, TokenKind end, string close)
    {
        int line = _line;
        Add(begin, "");
        int depth = 0;
        while (true)
        {
            while (_at < _source.Length && char.IsWhiteSpace(_source[_at]))
                Advance(_at + 1);
            if (_at >= _source.Length)
                throw new JinjaException($"'{{{(close == "}}" ? '{' : '%')}' is not closed", line);
            // A brace within braces closes a dictionary first.
            bool minus = _source[_at] == '-' && StartsWith(close, _at + 1);
            if (depth == 0 && (minus || StartsWith(close, _at)))
            {
                Add(end, "");
                Advance(_at + close.Length + (minus ? 1 : 0));
                return minus;
            }
            string token = ReadToken();
            depth += token switch { "{" or "[" or "(" => 1, "}" or "]" or ")" => -1, _ => 0 };
        }
    }

    private string ReadToken()
    {
        char c = _source[_at];
        if (c is '\'' or '"')
            return ReadString(c);
        if (char.IsAsciiDigit(c))
            return ReadNumber();
        int end = _at;
        while (end < _source.Length && (char.IsLetterOrDigit(_source[end]) || _source[end] == '_'))
            end++;
        if (end > _at)
            return Emit(TokenKind.Name, end);
        foreach (string op in Operators)
            if (StartsWith(op, _at))
                return Emit(TokenKind.Operator, _at + op.Length);
        throw new JinjaException($"unexpected character '{c}'", _line);
    }

    private string ReadNumber()
    {
        int end = _at;
        while (end < _source.Length && char.IsAsciiDigit(_source[end]))
            end++;
        if (end + 1 >= _source.Length || _source[end] != '.' || !char.IsAsciiDigit(_source[end + 1]))
            return Emit(TokenKind.Integer, end);
        end++;
        while (end < _source.Length && char.IsAsciiDigit(_source[end]))
            end++;
        return Emit(TokenKind.Float, end);
    }

    private string ReadString(char quote)
    {
        var text = new StringBuilder();
        int i = _at + 1;
        for (; i < _source.Length && _source[i] != quote; i++)
        {
            if (_source[i] != '\\' || i + 1 == _source.Length)
            {
                text.Append(_source[i]);
                continue;
            }
            char escaped = _source[++i];
            if (escaped is 'u' or 'x')
            {
                int digits = escaped == 'u' ? 4 : 2;
                if (i + digits >= _source.Length || !ushort.TryParse(_source.AsSpan(i + 1, digits), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ushort code))
                    throw new JinjaException($"'\\{escaped}' needs {digits} hexadecimal digits", _line);
                text.Append((char)code);
                i += digits;
            }
            else
                text.Append(escaped switch { 'n' => "\n", 't' => "\t", 'r' => "\r", '\\' or '\'' or '"' => $"{escaped}", _ => $"\\{escaped}" });
        }
        if (i >= _source.Length)
            throw new JinjaException("a string is not closed", _line);
        Add(TokenKind.String, text.ToString());
        Advance(i + 1);
        return "";
    }

    private string Emit(TokenKind kind, int end)
    {
        string text = _source[_at..end];
        Add(kind, text);
        Advance(end);
        return text;
    }

    private void Add(TokenKind kind, string text)
    {
        if (kind != TokenKind.Text || text.Length > 0)
            _tokens.Add(new Token(kind, text, _line));
    }

    private void Advance(int to)
    {
        _line += _source.AsSpan(_at, to - _at).Count('\n');
        _at = to;
    }

    private bool StartsWith(string text, int at) => string.CompareOrdinal(_source, at, text, 0, text.Length) == 0;
}
