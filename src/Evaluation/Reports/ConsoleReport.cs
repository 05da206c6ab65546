using InferenceServer.Evaluation.Claims;
using Spectre.Console;

namespace InferenceServer.Evaluation.Reports;

/// <summary>The report as tables in the terminal.</summary>
public static class ConsoleReport
{
    public static void Write(IAnsiConsole console, EvaluationReport report)
    {
        if (report.Plans.Count > 0)
            Plans(console, report);
        foreach (ClaimSection claim in report.Claims)
        {
            console.Write(new Rule(Markup.Escape(claim.Report.Title)));
            foreach (string text in claim.Report.Text)
                console.WriteLine(text);
            foreach (ClaimTable of in claim.Report.Tables)
                console.Write(Table(of.Caption, of.Columns, of.Rows));
        }
    }

    private static void Plans(IAnsiConsole console, EvaluationReport report)
    {
        var rows = new List<IReadOnlyList<string>>();
        foreach (PlanReport plan in report.Plans)
        {
            rows.Add(
            [
                plan.Name, Figures.Percent(plan.Accuracy), Figures.Points(plan.Difference), Figures.P(plan.McNemarP), Figures.Tokens(plan.PromptTokens),
                Figures.Tokens(plan.AnswerTokens), Figures.Tokens(plan.OtherTokens), Figures.GigaFlops(plan.Flops), Figures.Milliseconds(plan.Milliseconds),
            ]);
            rows.AddRange(plan.PassAtK.Select(pass => (IReadOnlyList<string>)[$"  pass@{pass.Key}", Figures.Percent(pass.Value)]));
        }
        console.Write(Table($"{report.Model}: {report.Count} problems, {report.Problems}", ["plan", "accuracy", "difference", "p", "prompt", "answer", "other", "GFLOPs", "ms"], rows));
    }

    private static Table Table(string title, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        var table = new Table().Border(TableBorder.Rounded).Title(Markup.Escape(title));
        foreach (string column in columns)
            table.AddColumn(new TableColumn(Markup.Escape(column)));
        foreach (IReadOnlyList<string> row in rows)
            table.AddRow([.. row.Select(Markup.Escape)]);
        return table;
    }
}
