using static InferenceServer.Modeling.Text.Jinja.Values;

namespace InferenceServer.Modeling.Text.Jinja;

/// <summary>The tests that may follow <c>is</c>.</summary>
internal static class Tests
{
    private static readonly Dictionary<string, Func<object?, Arguments, bool>> All = new()
    {
        ["defined"] = (value, _) => value is not Undefined,
        ["undefined"] = (value, _) => value is Undefined,
        ["none"] = (value, _) => value is null,
        ["string"] = (value, _) => value is string,
        ["boolean"] = (value, _) => value is bool,
        ["true"] = (value, _) => value is true,
        ["false"] = (value, _) => value is false,
        ["number"] = (value, _) => value is long or double or bool,
        ["integer"] = (value, _) => value is long,
        ["float"] = (value, _) => value is double,
        ["mapping"] = (value, _) => value is Dictionary<string, object?>,
        ["sequence"] = (value, _) => value is string or List<object?> or Dictionary<string, object?>,
        ["iterable"] = (value, _) => value is string or List<object?> or Dictionary<string, object?>,
        ["callable"] = (value, _) => value is Function,
        ["odd"] = (value, _) => Integer(value) % 2 != 0,
        ["even"] = (value, _) => Integer(value) % 2 == 0,
        ["divisibleby"] = (value, arguments) => Integer(value) % Integer(arguments.At(0, "num")) == 0,
        ["in"] = (value, arguments) => Contains(arguments.At(0, "seq"), value),
        ["equalto"] = (value, arguments) => AreEqual(value, arguments.At(0, "other")),
        ["eq"] = (value, arguments) => AreEqual(value, arguments.At(0, "other")),
        ["ne"] = (value, arguments) => !AreEqual(value, arguments.At(0, "other")),
        ["lower"] = (value, _) => value is string text && !text.Any(char.IsUpper),
        ["upper"] = (value, _) => value is string text && !text.Any(char.IsLower),
    };

    public static Func<object?, Arguments, bool> Find(string name) => All.TryGetValue(name, out var test) ? test : throw new JinjaException($"there is no test '{name}'");
}
