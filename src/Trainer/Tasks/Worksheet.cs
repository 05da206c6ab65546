namespace InferenceServer.Trainer.Tasks;

/// <summary>
/// Does the arithmetic of a problem and writes the steps down. Carries, borrows and larger products are written out
/// (<c>87+46=120+13=133</c>), which makes each part a fact of one-digit arithmetic: what is left to get wrong is the plan.
/// </summary>
public sealed class Worksheet
{
    /// <summary>No value of a problem exceeds it.</summary>
    public const int Largest = 250;

    private readonly List<SolutionStep> _steps = [];

    public IReadOnlyList<SolutionStep> Steps => _steps;

    /// <exception cref="ProblemRejectedException">The result leaves 0 to <see cref="Largest"/>, or a division has a remainder.</exception>
    public int Add(string label, int a, int b)
    {
        int tens = a / 10 * 10 + b / 10 * 10, ones = a % 10 + b % 10;
        return Write(label, $"{a}+{b}", ones >= 10 && tens > 0 ? $"{tens}+{ones}" : null, a + b);
    }

    /// <inheritdoc cref="Add"/>
    public int Subtract(string label, int a, int b)
    {
        int tens = a - b / 10 * 10;
        return Write(label, $"{a}-{b}", a % 10 < b % 10 && b >= 10 ? $"{tens}-{b % 10}" : null, a - b);
    }

    /// <summary><paramref name="k"/> has one digit.</summary>
    /// <inheritdoc cref="Add"/>
    public int Multiply(string label, int k, int n) =>
        Write(label, $"{k}*{n}", n > 10 && n % 10 != 0 ? $"{k * (n / 10 * 10)}+{k * (n % 10)}" : null, k * n);

    /// <summary><paramref name="k"/> has one digit.</summary>
    /// <inheritdoc cref="Add"/>
    public int Divide(string label, int n, int k)
    {
        if (n % k != 0)
            throw new ProblemRejectedException();
        int tens = n / k / 10 * 10;
        return Write(label, $"{n}/{k}", tens > 0 && n / k % 10 != 0 ? $"{tens}+{(n - tens * k) / k}" : null, n / k);
    }

    private int Write(string label, string expression, string? writtenOut, int value)
    {
        if (value is < 0 or > Largest)
            throw new ProblemRejectedException();
        _steps.Add(new(label, writtenOut is null ? $"{expression}={value}" : $"{expression}={writtenOut}={value}", value));
        return value;
    }
}

/// <summary>The numbers drawn do not make a sensible problem; the generator draws others.</summary>
public sealed class ProblemRejectedException() : Exception("The numbers drawn do not make a sensible problem.");
