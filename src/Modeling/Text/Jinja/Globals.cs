using System.Globalization;
using System.Text;
using static InferenceServer.Modeling.Text.Jinja.Values;

namespace InferenceServer.Modeling.Text.Jinja;

/// <summary>The functions that every chat template may call.</summary>
internal static class Globals
{
    private const long MaxRange = 100_000;

    public static void AddTo(Scope scope, TimeProvider time)
    {
        scope["raise_exception"] = (Function)(arguments => throw new JinjaException(PythonText.Str(arguments.At(0, "message", "")), raised: true));
        scope["namespace"] = (Function)Namespace;
        scope["dict"] = (Function)(arguments => arguments.Named.ToDictionary(p => p.Key, p => p.Value));
        scope["range"] = (Function)Range;
        scope["strftime_now"] = (Function)(arguments => Format(time.GetLocalNow(), arguments.Text(0, "format")));
    }

    private static Namespace Namespace(Arguments arguments)
    {
        var space = new Namespace();
        foreach (var (name, value) in arguments.Named)
            space[name] = value;
        return space;
    }

    private static List<object?> Range(Arguments arguments)
    {
        long first = arguments.Count > 1 ? Integer(arguments.Positional[0]) : 0, end = Integer(arguments.At(arguments.Count > 1 ? 1 : 0, "stop"));
        long step = arguments.Count > 2 ? Integer(arguments.Positional[2]) : 1;
        if (step == 0 || (end - first) / step > MaxRange)
            throw new JinjaException($"range has a step of 0 or more than {MaxRange} elements");
        var range = new List<object?>();
        for (long i = first; step > 0 ? i < end : i > end; i += step)
            range.Add(i);
        return range;
    }

    /// <summary>C's <c>strftime</c>, English, for the fields that templates use.</summary>
    private static string Format(DateTimeOffset now, string format)
    {
        var text = new StringBuilder();
        for (int i = 0; i < format.Length; i++)
            text.Append(format[i] != '%' || i + 1 == format.Length ? format[i].ToString() : Field(now, format[++i]));
        return text.ToString();
    }

    private static string Field(DateTimeOffset now, char field) => field switch
    {
        '%' => "%",
        'd' => Text(now, "dd"),
        'm' => Text(now, "MM"),
        'y' => Text(now, "yy"),
        'Y' => Text(now, "yyyy"),
        'b' => Text(now, "MMM"),
        'B' => Text(now, "MMMM"),
        'a' => Text(now, "ddd"),
        'A' => Text(now, "dddd"),
        'H' => Text(now, "HH"),
        'I' => Text(now, "hh"),
        'p' => Text(now, "tt"),
        'M' => Text(now, "mm"),
        'S' => Text(now, "ss"),
        'j' => now.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
        _ => throw new JinjaException($"strftime_now does not know '%{field}'"),
    };

    private static string Text(DateTimeOffset now, string format) => now.ToString(format, CultureInfo.InvariantCulture);
}
