using System.Globalization;
using System.Text;

namespace InferenceServer.Evaluation.Reports;

/// <summary>The report as a page for the documentation.</summary>
public static class MarkdownReport
{
    public static string Write(EvaluationReport report)
    {
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"""
            # Results

            Written by `{report.Command}`; do not edit by hand.

            - Model: `{report.Model}`
            - Problems: {report.Count}, {report.Problems}
            - At most {report.MaxTokens} tokens a completion; seed {report.Seed}; all plans see the same problems with the same random streams
            - Machine: {report.Machine}; {report.Date:yyyy-MM-dd}

            Accuracy with 95 % intervals (Wilson's for single answers, a bootstrap over problems otherwise). The difference from the first plan is paired by
            problem, in percentage points with a bootstrap interval, and `p` is McNemar's exact test. Tokens, estimated operations and milliseconds are means
            a problem; milliseconds are from request to answer while other problems run beside it, so they compare plans of one table only.

            | plan | accuracy | difference | p | prompt tokens | answer tokens | discarded tokens | GFLOPs | ms |
            | --- | --- | --- | --- | --- | --- | --- | --- | --- |

            """);
        foreach (PlanReport plan in report.Plans)
            page.Append(CultureInfo.InvariantCulture, $"| {plan.Name} | {Figures.Percent(plan.Accuracy)} | {Figures.Points(plan.Difference)} | {Figures.P(plan.McNemarP)} ")
                .Append(CultureInfo.InvariantCulture, $"| {Figures.Tokens(plan.PromptTokens)} | {Figures.Tokens(plan.AnswerTokens)} | {Figures.Tokens(plan.DiscardedTokens)} ")
                .Append(CultureInfo.InvariantCulture, $"| {Figures.GigaFlops(plan.Flops)} | {Figures.Milliseconds(plan.Milliseconds)} |\n");
        foreach (PlanReport plan in report.Plans.Where(plan => plan.PassAtK.Count > 0))
        {
            page.Append(CultureInfo.InvariantCulture, $"\n`{plan.Name}`: chance that at least one of k answers is right, ")
                .Append(CultureInfo.InvariantCulture, $"estimated without bias from {plan.Samples} answers to each problem.\n\n");
            page.Append("| k | pass@k |\n| --- | --- |\n");
            foreach (var (k, value) in plan.PassAtK)
                page.Append(CultureInfo.InvariantCulture, $"| {k} | {Figures.Percent(value)} |\n");
        }
        page.Append("\nPlans:\n\n");
        foreach (PlanReport plan in report.Plans)
        {
            string answers = plan.Samples > 1 ? $", {plan.Samples} answers to each problem" : "";
            page.Append(CultureInfo.InvariantCulture, $"- {plan.Name}: temperature {plan.Temperature}, `{plan.Strategies}`{answers}\n");
        }
        return page.ToString();
    }
}
