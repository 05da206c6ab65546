using static InferenceServer.Modeling.Text.Jinja.PythonStrings;
using static InferenceServer.Modeling.Text.Jinja.Values;

namespace InferenceServer.Modeling.Text.Jinja;

/// <summary>The methods of strings and mappings. Nothing else of a value can be called, so a template reaches nothing but its own values.</summary>
internal static class Methods
{
    private static readonly Dictionary<string, Func<string, Arguments, object?>> OfStrings = new()
    {
        ["strip"] = (text, arguments) => Strip(text, arguments.At(0, "chars") as string),
        ["lstrip"] = (text, arguments) => StripStart(text, arguments.At(0, "chars") as string),
        ["rstrip"] = (text, arguments) => StripEnd(text, arguments.At(0, "chars") as string),
        ["split"] = (text, arguments) => Split(text, arguments.At(0, "sep") as string, Integer(arguments.At(1, "maxsplit", -1L))),
        ["rsplit"] = (text, arguments) => SplitFromEnd(text, arguments.Text(0, "sep"), Integer(arguments.At(1, "maxsplit", -1L))),
        ["splitlines"] = (text, _) => text.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n').Select(l => (object?)l).ToList(),
        ["startswith"] = (text, arguments) => Any(arguments.At(0, "prefix"), p => text.StartsWith(p, StringComparison.Ordinal)),
        ["endswith"] = (text, arguments) => Any(arguments.At(0, "suffix"), s => text.EndsWith(s, StringComparison.Ordinal)),
        ["replace"] = (text, arguments) => text.Replace(arguments.Text(0, "old"), arguments.Text(1, "new"), StringComparison.Ordinal),
        ["upper"] = (text, _) => text.ToUpperInvariant(),
        ["lower"] = (text, _) => text.ToLowerInvariant(),
        ["capitalize"] = (text, _) => Capitalize(text),
        ["title"] = (text, _) => Title(text),
        ["find"] = (text, arguments) => (long)text.IndexOf(arguments.Text(0, "sub"), StringComparison.Ordinal),
        ["count"] = (text, arguments) => (long)text.Split(arguments.Text(0, "sub")).Length - 1,
        ["join"] = (text, arguments) => string.Join(text, Items(arguments.At(0, "iterable")).Select(PythonText.Str)),
        ["isdigit"] = (text, _) => text.Length > 0 && text.All(char.IsDigit),
        ["removeprefix"] = (text, arguments) => text.StartsWith(arguments.Text(0, "prefix"), StringComparison.Ordinal) ? text[arguments.Text(0, "prefix").Length..] : text,
        ["removesuffix"] = (text, arguments) => text.EndsWith(arguments.Text(0, "suffix"), StringComparison.Ordinal) ? text[..^arguments.Text(0, "suffix").Length] : text,
    };

    private static readonly Dictionary<string, Func<Dictionary<string, object?>, Arguments, object?>> OfMappings = new()
    {
        ["items"] = (mapping, _) => Pairs(mapping),
        ["keys"] = (mapping, _) => mapping.Keys.Select(k => (object?)k).ToList(),
        ["values"] = (mapping, _) => mapping.Values.ToList(),
        ["get"] = (mapping, arguments) => mapping.TryGetValue(arguments.Text(0, "key"), out object? value) ? value : arguments.At(1, "default"),
    };

    /// <summary>The method bound to its value, or null when there is none of that name.</summary>
    public static Function? Find(object? owner, string name) => owner switch
    {
        string text when OfStrings.TryGetValue(name, out var method) => arguments => method(text, arguments),
        Dictionary<string, object?> mapping when OfMappings.TryGetValue(name, out var method) => arguments => method(mapping, arguments),
        _ => null,
    };

    public static List<object?> Pairs(IEnumerable<KeyValuePair<string, object?>> mapping) => [.. mapping.Select(p => new List<object?> { p.Key, p.Value })];

    private static bool Any(object? candidates, Func<string, bool> matches) => candidates is List<object?> list
        ? list.OfType<string>().Any(matches)
        : matches(candidates as string ?? throw new JinjaException("startswith and endswith need a string"));
}
