using System.Globalization;
using System.Text.RegularExpressions;

namespace InferenceServer.Trainer.Tasks;

/// <summary>What running a countdown solution showed.</summary>
/// <param name="Reached">Every operation holds, uses only numbers at hand, and the last one makes the target.</param>
/// <param name="Operations">Operations written.</param>
/// <param name="Reward">0 when the target is not reached, else the fewest possible operations over those used: 1 for a shortest solution.</param>
/// <param name="Feedback">What is wrong; null when nothing is.</param>
public sealed record CountdownVerdict(bool Reached, int Operations, double Reward, string? Feedback);

/// <summary>Judges countdown solutions by running them.</summary>
public static partial class CountdownVerifier
{
    [GeneratedRegex(@"^(\d+)[-+*/](\d+)[=:]")]
    private static partial Regex Operands();

    public static CountdownVerdict Grade(CountdownProblem problem, string solution)
    {
        string[] lines = solution.Split('\n');
        List<int> available = [.. problem.Numbers];
        int last = -1;
        for (int i = 0; i < lines.Length - 1; i++)
        {
            // Its equations are those of word problems without the label.
            var (holds, value, feedback) = StepVerifier.CheckStep("x: " + lines[i]);
            if (!holds || Operands().Match(lines[i]) is not { Success: true } operands)
                return Failed(i, feedback ?? $"'{lines[i]}' is not of the form 'a+b=c'");
            foreach (string operand in (string[])[operands.Groups[1].Value, operands.Groups[2].Value])
                if (!int.TryParse(operand, CultureInfo.InvariantCulture, out int number) || !available.Remove(number))
                    return Failed(i, $"there is no {operand} left");
            available.Add(last = value);
        }
        if (last != problem.Target || StepVerifier.Answer(solution) != problem.Target)
            return new(false, lines.Length - 1, 0, last == problem.Target ? "The last line does not give the target." : $"{problem.Target} is not reached.");
        return new(true, lines.Length - 1, (double)problem.FewestOperations / (lines.Length - 1), null);

        CountdownVerdict Failed(int step, string what) => new(false, lines.Length - 1, 0, $"Step {step + 1}: {what}.");
    }
}
