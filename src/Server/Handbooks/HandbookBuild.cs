using InferenceServer.Engine;
using InferenceServer.Server.Generation;
using InferenceServer.Server.Jobs;
using InferenceServer.Server.Responses;
using InferenceServer.Server.State;
using InferenceServer.Strategies;
using InferenceServer.Strategies.Handbooks;

namespace InferenceServer.Server.Handbooks;

/// <summary>A problem to learn from.</summary>
public sealed record Lesson(string Question, string Answer, IReadOnlyList<string> Topics);

/// <summary>
/// The work of a build job: <see cref="HandbookBuilder"/> over a list of problems, with every new entry written as soon as it is learned, so that a job that is cancelled or
/// dies keeps what it had.
/// </summary>
public sealed class HandbookBuild(ServedModel model, StrategyPipeline pipeline, HandbookStore store)
{
    private const int MaxRefusals = 100;

    public async Task<HandbookBuildResult> RunAsync(
        Tenant tenant, string name, IReadOnlyList<Lesson> lessons, IReadOnlyList<StrategyOptions> plan, int maxTokens, Action<JobProgress> onProgress, CancellationToken cancellationToken)
    {
        Handbook? before = await store.FindAsync(tenant, name, cancellationToken);
        var builder = new HandbookBuilder(pipeline, model.Language, plan, maxTokens, tenant.Name).StartingFrom(before?.Behaviours ?? []);
        List<string> added = [], merged = [], refused = [];
        int solved = 0;
        for (int i = 0; i < lessons.Count; i++)
        {
            onProgress(new(i, lessons.Count, $"{solved} solved, {added.Count} learned"));
            if (await LearnAsync(builder, lessons[i], refused, cancellationToken) is not { IsSolved: true } learned)
                continue;
            solved++;
            merged.AddRange(learned.Merged);
            refused.AddRange(learned.Refused);
            added.AddRange(learned.Added);
            if (learned.Added.Count > 0)
                await store.ChangeAsync(tenant, name, current => [.. current?.Behaviours ?? [], .. New(builder, learned, current)], cancellationToken);
        }
        onProgress(new(lessons.Count, lessons.Count, $"{solved} solved, {added.Count} learned"));
        return new(solved, lessons.Count - solved, added, [.. merged.Distinct()], [.. refused.Take(MaxRefusals)], builder.Tokens);
    }

    private static async Task<HandbookLesson?> LearnAsync(HandbookBuilder builder, Lesson lesson, List<string> refused, CancellationToken cancellationToken)
    {
        try
        {
            return await builder.LearnAsync(lesson.Question, lesson.Answer, lesson.Topics, cancellationToken);
        }
        catch (PromptTooLongException e)
        {
            refused.Add($"a problem does not fit: {e.Message}");
            return null;
        }
    }

    /// <summary>What was just learned, as far as there is room and nobody wrote an entry of that name meanwhile.</summary>
    private static IEnumerable<Behaviour> New(HandbookBuilder builder, HandbookLesson learned, Handbook? current) => builder.Behaviours
        .Where(behaviour => learned.Added.Contains(behaviour.Name) && current?.Behaviours.Any(other => other.Name == behaviour.Name) != true)
        .Take(BehaviourRules.MaxBehaviours - (current?.Behaviours.Count ?? 0));
}
