using System.Globalization;
using static InferenceServer.Modeling.Text.Jinja.Values;

namespace InferenceServer.Modeling.Text.Jinja;

/// <summary>The filters that may follow <c>|</c>.</summary>
internal static class Filters
{
    private static readonly Dictionary<string, Func<object?, Arguments, object?>> All = new()
    {
        ["trim"] = (value, arguments) => PythonStrings.Strip(PythonText.Str(value), arguments.At(0, "chars") as string),
        ["upper"] = (value, _) => PythonText.Str(value).ToUpperInvariant(),
        ["lower"] = (value, _) => PythonText.Str(value).ToLowerInvariant(),
        ["capitalize"] = (value, _) => PythonStrings.Capitalize(PythonText.Str(value)),
        ["title"] = (value, _) => PythonStrings.Title(PythonText.Str(value)),
        ["string"] = (value, _) => PythonText.Str(value),
        ["replace"] = (value, arguments) => PythonText.Str(value).Replace(arguments.Text(0, "old"), arguments.Text(1, "new"), StringComparison.Ordinal),
        ["indent"] = Indent,
        ["safe"] = (value, _) => value,
        ["tojson"] = (value, arguments) => PythonText.Json(value, arguments.At(0, "indent") is long indent ? (int)indent : null),
        ["int"] = (value, arguments) => ToInteger(value) ?? arguments.At(0, "default", 0L),
        ["float"] = (value, arguments) => ToFloat(value) ?? arguments.At(0, "default", 0.0),
        ["abs"] = (value, _) => value is double d ? Math.Abs(d) : Math.Abs(Integer(value)),
        ["default"] = Default,
        ["d"] = Default,
        ["length"] = (value, _) => (long)Length(value),
        ["count"] = (value, _) => (long)Length(value),
        ["first"] = (value, _) => Items(value).DefaultIfEmpty(new Undefined("first")).First(),
        ["last"] = (value, _) => Items(value).DefaultIfEmpty(new Undefined("last")).Last(),
        ["list"] = (value, _) => Items(value).ToList(),
        ["reverse"] = (value, _) => value is string text ? string.Concat(text.Reverse()) : Items(value).Reverse().ToList(),
        ["sort"] = (value, arguments) => Sort(Items(value), arguments.At(1, "reverse")),
        ["unique"] = (value, _) => Items(value).Aggregate(new List<object?>(), (seen, item) => Contains(seen, item) ? seen : [.. seen, item]),
        ["join"] = (value, arguments) => string.Join(PythonText.Str(arguments.At(0, "d", "")), Selected(value, arguments.At(1, "attribute")).Select(PythonText.Str)),
        ["items"] = (value, _) => Methods.Pairs(value as Dictionary<string, object?> ?? []),
        ["dictsort"] = (value, _) => Methods.Pairs((value as Dictionary<string, object?> ?? []).OrderBy(p => p.Key, StringComparer.Ordinal)),
        ["map"] = Map,
        ["select"] = (value, arguments) => Items(value).Where(item => Passes(item, arguments, 0)).ToList(),
        ["reject"] = (value, arguments) => Items(value).Where(item => !Passes(item, arguments, 0)).ToList(),
        ["selectattr"] = (value, arguments) => Items(value).Where(item => Passes(Element(item, arguments.At(0, "attribute")), arguments, 1)).ToList(),
        ["rejectattr"] = (value, arguments) => Items(value).Where(item => !Passes(Element(item, arguments.At(0, "attribute")), arguments, 1)).ToList(),
    };

    public static Func<object?, Arguments, object?> Find(string name) => All.TryGetValue(name, out var filter) ? filter : throw new JinjaException($"there is no filter '{name}'");

    private static object? Default(object? value, Arguments arguments) =>
        value is Undefined || (IsTrue(arguments.At(1, "boolean")) && !IsTrue(value)) ? arguments.At(0, "default_value", "") : value;

    private static List<object?> Map(object? value, Arguments arguments)
    {
        if (arguments.Named.TryGetValue("attribute", out object? attribute))
            return Selected(value, attribute).ToList();
        var filter = Find(arguments.Text(0, "filter"));
        var rest = new Arguments([.. arguments.Positional.Skip(1)], arguments.Named);
        return Items(value).Select(item => filter(item, rest)).ToList();
    }

    private static IEnumerable<object?> Selected(object? value, object? attribute) =>
        attribute is null ? Items(value) : Items(value).Select(item => Element(item, attribute));

    private static bool Passes(object? item, Arguments arguments, int test) =>
        arguments.Count <= test ? IsTrue(item) : Tests.Find(arguments.Text(test, "test"))(item, new Arguments([.. arguments.Positional.Skip(test + 1)], arguments.Named));

    private static List<object?> Sort(IEnumerable<object?> items, object? reverse)
    {
        var sorted = items.Order(Comparer<object?>.Create(Compare)).ToList();
        if (IsTrue(reverse))
            sorted.Reverse();
        return sorted;
    }

    private static string Indent(object? value, Arguments arguments)
    {
        string indentation = arguments.At(0, "width", 4L) is long width ? new string(' ', (int)width) : arguments.Text(0, "width");
        bool first = IsTrue(arguments.At(1, "first")), blank = IsTrue(arguments.At(2, "blank"));
        var lines = PythonText.Str(value).Split('\n').Select((line, i) => (i == 0 && !first) || (line.Length == 0 && !blank) ? line : indentation + line);
        return string.Join('\n', lines);
    }

    private static object? ToInteger(object? value) => value switch
    {
        bool or long => Integer(value),
        double d => (long)d,
        string s when long.TryParse(s, NumberStyles.Integer, CultureInfo.InvariantCulture, out long i) => i,
        _ => null,
    };

    private static object? ToFloat(object? value) => value switch
    {
        bool or long or double => Number(value),
        string s when double.TryParse(s, NumberStyles.Float, CultureInfo.InvariantCulture, out double d) => d,
        _ => null,
    };
}
