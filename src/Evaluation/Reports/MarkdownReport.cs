using System.Globalization;
using System.Text;
using InferenceServer.Evaluation.Claims;
using InferenceServer.Trainer.Evaluating;

namespace InferenceServer.Evaluation.Reports;

/// <summary>The report as a page for the documentation.</summary>
public static class MarkdownReport
{
    /// <param name="report">What was measured.</param>
    /// <param name="figures">Where the pictures are, seen from the page.</param>
    public static string Write(EvaluationReport report, string figures = "figures")
    {
        var page = new StringBuilder();
        string model = report.Model.Length == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"""
            - Model: `{report.Model}`{(report.RewardModel is { } reward ? $"; separate reward model: `{reward}`" : "")}
            - At most {report.MaxTokens} tokens a completion unless a table says otherwise; seed {report.Seed}; all plans see the same problems with the same random streams

            """);
        string intervals = report.Model.Length == 0
            ? "Intervals are 95 %: Wilson's of shares, a bootstrap over seeds of means"
            : "Intervals are 95 %: a bootstrap over problems, or Wilson's where plans are compared. Differences are paired by problem, in percentage points unless they are rewards; `p` is McNemar's exact test";
        page.Append(CultureInfo.InvariantCulture, $"""
            # Results

            Written by `{report.Command}`; do not edit by hand.

            {model}- Machine: {report.Machine}; {report.Date:yyyy-MM-dd}
            - {intervals}


            """);
        if (report.Claims.Count > 0)
            page.Append("## Overview\n\n").Append(Overview(report)).Append('\n');
        if (report.Beside.Count > 0)
            page.Append(CultureInfo.InvariantCulture, $"More results: {string.Join(", ", report.Beside.Select(other => $"[{other}]({other})"))}.\n\n");
        if (report.Plans.Count > 0)
            Plans(report, page);
        foreach (ClaimSection claim in report.Claims)
            Section(claim, figures, page);
        return page.ToString().TrimEnd('\n') + "\n";
    }

    /// <summary>The claims' headlines as one table.</summary>
    public static string Overview(EvaluationReport report) => Table(
        ["method", "against", "measure", "result", "control", "difference"],
        report.Claims.SelectMany(claim => claim.Report.Headlines).Select(line => (IReadOnlyList<string>)[line.Method, line.Against, line.Measure, line.Result, line.Control, line.Difference]));

    private static void Section(ClaimSection claim, string figures, StringBuilder page)
    {
        page.Append(CultureInfo.InvariantCulture, $"## {claim.Report.Title}\n\n{claim.Summary}{(claim.Paper is { } paper ? $" ({paper})" : "")}");
        page.Append(claim.Tokens > 0 ? string.Create(CultureInfo.InvariantCulture, $" {claim.Tokens:n0} tokens computed for it.\n\n") : "\n\n");
        foreach (string text in claim.Report.Text)
            page.Append(text.TrimEnd()).Append("\n\n");
        foreach (ClaimTable table in claim.Report.Tables)
            page.Append(CultureInfo.InvariantCulture, $"{table.Caption}:\n\n{Table(table.Columns, table.Rows)}\n");
        foreach (ClaimFigure figure in claim.Report.Figures)
            page.Append(CultureInfo.InvariantCulture, $"![{figure.Caption}]({figures}/{figure.File})\n\n");
    }

    private static void Plans(EvaluationReport report, StringBuilder page)
    {
        page.Append(CultureInfo.InvariantCulture, $"""
            ## Plans

            {report.Count} problems, {report.Problems}. Tokens, estimated operations and milliseconds are means a problem; other tokens are those of discarded candidates, forced text and
            scorers. Milliseconds are from request to answer while other problems run beside it, so they compare plans of one table only.


            """);
        page.Append(Table(["plan", "accuracy", "difference", "p", "prompt tokens", "answer tokens", "other tokens", "GFLOPs", "ms"], report.Plans.Select(plan => (IReadOnlyList<string>)
        [
            plan.Name, Figures.Percent(plan.Accuracy), Figures.Points(plan.Difference), Figures.P(plan.McNemarP), Figures.Tokens(plan.PromptTokens), Figures.Tokens(plan.AnswerTokens),
            Figures.Tokens(plan.OtherTokens), Figures.GigaFlops(plan.Flops), Figures.Milliseconds(plan.Milliseconds),
        ])));
        foreach (PlanReport plan in report.Plans.Where(plan => plan.PassAtK.Count > 0))
        {
            page.Append(CultureInfo.InvariantCulture, $"\n`{plan.Name}`: chance that at least one of k answers is right, estimated without bias from {plan.Samples} answers to each problem.\n\n");
            page.Append(Table(["k", "pass@k"], plan.PassAtK.Select(pass => (IReadOnlyList<string>)[pass.Key.ToString(CultureInfo.InvariantCulture), Figures.Percent(pass.Value)])));
        }
        page.Append('\n');
        foreach (PlanReport plan in report.Plans)
        {
            string answers = plan.Samples > 1 ? $", {plan.Samples} answers to each problem" : "";
            page.Append(CultureInfo.InvariantCulture, $"- {plan.Name}: temperature {plan.Temperature}, `{plan.Strategies}`{answers}\n");
        }
        page.Append('\n');
    }

    private static string Table(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows) => new ReportTable(columns, [.. rows]).Markdown();
}
