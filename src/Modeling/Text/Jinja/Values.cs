namespace InferenceServer.Modeling.Text.Jinja;

/// <summary>
/// The values of a running template are plain objects: null, <see cref="bool"/>, <see cref="long"/>, <see cref="double"/>, <see cref="string"/>,
/// <see cref="List{T}"/> and <see cref="Dictionary{TKey, TValue}"/> of values, <see cref="Undefined"/> and <see cref="Function"/>.
/// </summary>
internal static class Values
{
    /// <summary>Python's truth: empty is false.</summary>
    public static bool IsTrue(object? value) => value switch
    {
        null or Undefined => false,
        bool b => b,
        long i => i != 0,
        double d => d != 0,
        string s => s.Length > 0,
        List<object?> list => list.Count > 0,
        Dictionary<string, object?> dictionary => dictionary.Count > 0,
        _ => true,
    };

    public static bool AreEqual(object? a, object? b) => (a, b) switch
    {
        (List<object?> x, List<object?> y) => x.Count == y.Count && x.Zip(y).All(p => AreEqual(p.First, p.Second)),
        (Dictionary<string, object?> x, Dictionary<string, object?> y) => x.Count == y.Count && x.All(p => y.TryGetValue(p.Key, out object? other) && AreEqual(p.Value, other)),
        (bool or long or double, bool or long or double) => Number(a!) == Number(b!),
        (Undefined, Undefined) => true,
        _ => Equals(a, b),
    };

    public static int Compare(object? a, object? b) => (a, b) switch
    {
        (string x, string y) => string.CompareOrdinal(x, y),
        (bool or long or double, bool or long or double) => Number(a).CompareTo(Number(b)),
        _ => throw new JinjaException($"cannot compare {TypeName(a)} with {TypeName(b)}"),
    };

    /// <summary>What a loop goes over: elements, keys, characters; nothing for an undefined value.</summary>
    public static IEnumerable<object?> Items(object? value) => value switch
    {
        List<object?> list => list,
        Dictionary<string, object?> dictionary => dictionary.Keys,
        string text => text.Select(c => (object?)c.ToString()),
        Undefined => [],
        _ => throw new JinjaException($"{TypeName(value)} cannot be gone through"),
    };

    public static int Length(object? value) => value switch
    {
        string s => s.Length,
        List<object?> list => list.Count,
        Dictionary<string, object?> dictionary => dictionary.Count,
        Undefined => 0,
        _ => throw new JinjaException($"{TypeName(value)} has no length"),
    };

    public static bool Contains(object? container, object? item) => container switch
    {
        string text when item is string part => text.Contains(part, StringComparison.Ordinal),
        List<object?> list => list.Any(e => AreEqual(e, item)),
        Dictionary<string, object?> dictionary => item is string key && dictionary.ContainsKey(key),
        Undefined => false,
        _ => throw new JinjaException($"cannot look for {TypeName(item)} in {TypeName(container)}"),
    };

    /// <summary>An element by key or by index, negative from the end; undefined where there is none.</summary>
    public static object? Element(object? target, object? index) => (target, index) switch
    {
        (Dictionary<string, object?> dictionary, string key) => dictionary.TryGetValue(key, out object? value) ? value : new Undefined(key),
        (List<object?> list, long i) => Wrap(i, list.Count) is int at ? list[at] : new Undefined($"[{i}]"),
        (string text, long i) => Wrap(i, text.Length) is int at ? text[at].ToString() : new Undefined($"[{i}]"),
        (Undefined undefined, _) => throw undefined.Error(),
        _ => new Undefined(index?.ToString() ?? "None"),
    };

    /// <summary>Python's slice of a list or a string.</summary>
    public static object? Slice(object? target, long? start, long? stop, long step)
    {
        if (step == 0)
            throw new JinjaException("the step of a slice is 0");
        if (target is not (string or List<object?>))
            throw target is Undefined undefined ? undefined.Error() : new JinjaException($"{TypeName(target)} cannot be sliced");
        int length = Length(target);
        long first = Clamp(start, step > 0 ? 0 : length - 1), end = Clamp(stop, step > 0 ? length : -1, isDefault: stop is null);
        var indices = new List<int>();
        for (long i = first; step > 0 ? i < end : i > end; i += step)
            indices.Add((int)i);
        return target is string text
            ? string.Concat(indices.Select(i => text[i]))
            : indices.Select(i => ((List<object?>)target)[i]).ToList();

        long Clamp(long? bound, long otherwise, bool isDefault = false)
        {
            if (bound is not long b || isDefault)
                return otherwise;
            return step > 0 ? Math.Clamp(b < 0 ? b + length : b, 0, length) : Math.Clamp(b < 0 ? b + length : b, -1, length - 1);
        }
    }

    public static double Number(object? value) => value switch
    {
        bool b => b ? 1 : 0,
        long i => i,
        double d => d,
        Undefined undefined => throw undefined.Error(),
        _ => throw new JinjaException($"{TypeName(value)} is no number"),
    };

    public static long Integer(object? value) => value switch
    {
        bool b => b ? 1 : 0,
        long i => i,
        _ => throw new JinjaException($"{TypeName(value)} is no whole number"),
    };

    public static string TypeName(object? value) => value switch
    {
        null => "none",
        Undefined undefined => undefined.ToString(),
        bool => "a boolean",
        long or double => "a number",
        string => "a string",
        List<object?> => "a list",
        Dictionary<string, object?> => "a mapping",
        _ => "a function",
    };

    private static int? Wrap(long index, int length)
    {
        long at = index < 0 ? index + length : index;
        return at >= 0 && at < length ? (int)at : null;
    }
}
