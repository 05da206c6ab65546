using System.Text;

namespace InferenceServer.Modeling.Text.Jinja;

/// <summary>Operations on strings as Python defines them.</summary>
internal static class PythonStrings
{
    public static string Strip(string text, string? characters) => characters is null ? text.Trim() : text.Trim(characters.ToCharArray());

    public static string StripStart(string text, string? characters) => characters is null ? text.TrimStart() : text.TrimStart(characters.ToCharArray());

    public static string StripEnd(string text, string? characters) => characters is null ? text.TrimEnd() : text.TrimEnd(characters.ToCharArray());

    /// <summary>Without a separator: the words, whatever white space lies between and around them.</summary>
    public static List<object?> Split(string text, string? separator, long most)
    {
        if (separator is null)
            return [.. text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)];
        if (separator.Length == 0)
            throw new JinjaException("split needs a separator that is not empty");
        return [.. text.Split(separator, most < 0 ? int.MaxValue : (int)most + 1)];
    }

    /// <summary>At most so many cuts, from the end.</summary>
    public static List<object?> SplitFromEnd(string text, string separator, long most)
    {
        var parts = new List<object?>();
        while (most-- != 0 && text.LastIndexOf(separator, StringComparison.Ordinal) is >= 0 and var at)
        {
            parts.Insert(0, text[(at + separator.Length)..]);
            text = text[..at];
        }
        parts.Insert(0, text);
        return parts;
    }

    public static string Capitalize(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..].ToLowerInvariant();

    public static string Title(string text)
    {
        var title = new StringBuilder(text.Length);
        foreach (char c in text)
            title.Append(title.Length > 0 && char.IsLetter(title[^1]) ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c));
        return title.ToString();
    }
}
