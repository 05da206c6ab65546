namespace InferenceServer.Plugins;

/// <summary>The "did you mean" of messages.</summary>
public static class Spelling
{
    /// <summary>
    /// The name nearest to what was written: fewest insertions, deletions, replacements and swaps of neighbours, at most a third of its length; null when none
    /// is near.
    /// </summary>
    public static string? Nearest(string written, IEnumerable<string> names)
    {
        string? best = null;
        int limit = Math.Max(1, written.Length / 3), bestDistance = limit + 1;
        foreach (string name in names)
        {
            // The distance is at least the difference of lengths, so a long input costs nothing.
            if (Math.Abs(name.Length - written.Length) >= bestDistance)
                continue;
            int distance = Distance(written, name);
            if (distance < bestDistance)
                (best, bestDistance) = (name, distance);
        }
        return best;
    }

    /// <summary>Optimal string alignment distance.</summary>
    private static int Distance(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
            d[i, 0] = i;
        for (int j = 0; j <= b.Length; j++)
            d[0, j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            for (int j = 1; j <= b.Length; j++)
            {
                int replace = a[i - 1] == b[j - 1] ? 0 : 1;
                d[i, j] = Math.Min(Math.Min(d[i - 1, j] + 1, d[i, j - 1] + 1), d[i - 1, j - 1] + replace);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
            }
        }
        return d[a.Length, b.Length];
    }
}
