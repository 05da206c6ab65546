using System.Text.Json;

namespace InferenceServer.Trainer.Tasks;

/// <summary>Problems that are kept out of training, to measure on.</summary>
public sealed record HeldOutSet(IReadOnlyList<WordProblem> Problems, IReadOnlySet<string> Questions)
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The first <paramref name="count"/> different problems of a seed's stream.</summary>
    public static HeldOutSet Create(ulong seed, int count)
    {
        var task = new WordProblemTask(seed);
        List<WordProblem> problems = [];
        HashSet<string> questions = [];
        for (long index = 0; problems.Count < count; index++)
        {
            var problem = task.Problem(index);
            if (questions.Add(problem.Question))
                problems.Add(problem);
        }
        return new(problems, questions);
    }

    /// <summary>Reads a file with a problem a line.</summary>
    public static HeldOutSet Load(string path)
    {
        List<WordProblem> problems = [.. File.ReadLines(path).Where(line => line.Length > 0).Select(line => JsonSerializer.Deserialize<WordProblem>(line, Json)!)];
        return new(problems, problems.Select(p => p.Question).ToHashSet());
    }

    public void Save(string path) => File.WriteAllLines(path, Problems.Select(problem => JsonSerializer.Serialize(problem, Json)));
}
