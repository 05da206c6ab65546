using System.Text.Json.Serialization;
using InferenceServer.Experiments.Statistics;

namespace InferenceServer.Experiments.Routers;

/// <summary>What a router learns apart.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<RouterContext>))]
public enum RouterContext
{
    /// <summary>One posterior for everything.</summary>
    None,

    /// <summary>The prompt's class.</summary>
    Class,

    /// <summary>The prompt's length.</summary>
    Length,

    /// <summary>Both.</summary>
    ClassAndLength,
}

/// <summary>The context of a request: few buckets, because each has to be learnt. Only the prompt is looked at, nothing that an arm does.</summary>
public static class ContextBucket
{
    /// <summary>Tokens from which a prompt is medium, and long.</summary>
    private const int Medium = 64, Long = 512;

    /// <param name="context">What is kept apart.</param>
    /// <param name="question">The last user message, or the prompt.</param>
    /// <param name="tokens">Of the whole prompt.</param>
    /// <returns><c>all</c>, <c>numbers</c>, <c>short</c> or <c>numbers/short</c> for instance.</returns>
    public static string Of(RouterContext context, string question, int tokens) => context switch
    {
        RouterContext.Class => Class(question),
        RouterContext.Length => Length(tokens),
        RouterContext.ClassAndLength => $"{Class(question)}/{Length(tokens)}",
        _ => "all",
    };

    private static string Length(int tokens) => tokens < Medium ? "short" : tokens < Long ? "medium" : "long";

    /// <summary>Two numbers make a calculation; braces, fences and statements make code.</summary>
    private static string Class(string question)
    {
        if (question.Contains("```", StringComparison.Ordinal) || question.AsSpan().ContainsAny("{};"))
            return "code";
        int numbers = 0;
        for (int i = 0; i < question.Length; i++)
            if (char.IsDigit(question[i]) && (i == 0 || !char.IsDigit(question[i - 1])))
                numbers++;
        return numbers >= 2 ? "numbers" : "text";
    }
}
