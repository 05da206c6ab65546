using System.Globalization;
using System.Text;
using static InferenceServer.Modeling.Text.Jinja.Values;

namespace InferenceServer.Modeling.Text.Jinja;

/// <summary>Values as Python writes them: <c>str</c>, <c>repr</c> and <c>json.dumps</c>.</summary>
internal static class PythonText
{
    /// <summary>What an output statement writes.</summary>
    public static string Str(object? value) => value switch
    {
        string s => s,
        Undefined => "",
        _ => Repr(value),
    };

    private static string Repr(object? value) => value switch
    {
        null => "None",
        Undefined => "Undefined",
        bool b => b ? "True" : "False",
        long i => i.ToString(CultureInfo.InvariantCulture),
        double d => Float(d),
        string s => Quoted(s),
        List<object?> list => $"[{string.Join(", ", list.Select(Repr))}]",
        Dictionary<string, object?> dictionary => $"{{{string.Join(", ", dictionary.Select(p => $"{Quoted(p.Key)}: {Repr(p.Value)}"))}}}",
        _ => throw new JinjaException("a function cannot be written"),
    };

    /// <summary><c>json.dumps(value, ensure_ascii=False, indent=indent)</c>: with spaces after commas and colons on one line, without indentation.</summary>
    public static string Json(object? value, int? indent = null)
    {
        var json = new StringBuilder();
        Write(json, value, indent, depth: 0);
        return json.ToString();
    }

    private static void Write(StringBuilder json, object? value, int? indent, int depth)
    {
        switch (value)
        {
            case string s:
                WriteString(json, s);
                break;
            case List<object?> list:
                WriteItems(json, '[', ']', list, item => Write(json, item, indent, depth + 1), indent, depth);
                break;
            case Dictionary<string, object?> dictionary:
                WriteItems(json, '{', '}', dictionary, pair =>
                {
                    WriteString(json, pair.Key);
                    json.Append(": ");
                    Write(json, pair.Value, indent, depth + 1);
                }, indent, depth);
                break;
            default:
                json.Append(value switch
                {
                    null => "null",
                    bool b => b ? "true" : "false",
                    long or double => Repr(value),
                    _ => throw new JinjaException($"{TypeName(value)} has no JSON form"),
                });
                break;
        }
    }

    private static void WriteItems<T>(StringBuilder json, char open, char close, IReadOnlyCollection<T> items, Action<T> write, int? indent, int depth)
    {
        json.Append(open);
        bool first = true;
        foreach (T item in items)
        {
            if (!first)
                json.Append(indent is null ? ", " : ",");
            first = false;
            BreakLine(depth + 1);
            write(item);
        }
        if (items.Count > 0)
            BreakLine(depth);
        json.Append(close);

        void BreakLine(int level)
        {
            if (indent is int width)
                json.Append('\n').Append(' ', width * level);
        }
    }

    private static void WriteString(StringBuilder json, string text)
    {
        json.Append('"');
        foreach (char c in text)
            _ = c switch
            {
                '"' => json.Append("\\\""),
                '\\' => json.Append("\\\\"),
                '\n' => json.Append("\\n"),
                '\r' => json.Append("\\r"),
                '\t' => json.Append("\\t"),
                '\b' => json.Append("\\b"),
                '\f' => json.Append("\\f"),
                < ' ' => json.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => json.Append(c),
            };
        json.Append('"');
    }

    private static string Float(double value)
    {
        string text = value.ToString("R", CultureInfo.InvariantCulture);
        return text.AsSpan().IndexOfAny('.', 'E', 'N') < 0 && double.IsFinite(value) ? text + ".0" : text;
    }

    private static string Quoted(string text)
    {
        char quote = text.Contains('\'') && !text.Contains('"') ? '"' : '\'';
        string escaped = text.Replace("\\", "\\\\").Replace("\n", "\\n").Replace("\r", "\\r").Replace("\t", "\\t");
        return quote + (quote == '\'' ? escaped.Replace("'", "\\'") : escaped) + quote;
    }
}
