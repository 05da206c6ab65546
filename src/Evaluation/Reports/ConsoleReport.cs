using Spectre.Console;

namespace InferenceServer.Evaluation.Reports;

/// <summary>The report as a table in the terminal.</summary>
public static class ConsoleReport
{
    public static void Write(IAnsiConsole console, EvaluationReport report)
    {
        var table = new Table().Border(TableBorder.Rounded).Title(Markup.Escape($"{report.Model}: {report.Count} problems, {report.Problems}"));
        foreach (string column in (string[])["plan", "accuracy", "difference", "p", "prompt", "answer", "discarded", "GFLOPs", "ms"])
            table.AddColumn(new TableColumn(column));
        foreach (PlanReport plan in report.Plans)
        {
            string[] row =
            [
                plan.Name, Figures.Percent(plan.Accuracy), Figures.Points(plan.Difference), Figures.P(plan.McNemarP), Figures.Tokens(plan.PromptTokens),
                Figures.Tokens(plan.AnswerTokens), Figures.Tokens(plan.DiscardedTokens), Figures.GigaFlops(plan.Flops), Figures.Milliseconds(plan.Milliseconds),
            ];
            table.AddRow([.. row.Select(Markup.Escape)]);
            foreach (var (k, value) in plan.PassAtK)
                table.AddRow($"  pass@{k}", Figures.Percent(value));
        }
        console.Write(table);
    }
}
