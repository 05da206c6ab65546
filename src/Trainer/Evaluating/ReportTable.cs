using Spectre.Console;

namespace InferenceServer.Trainer.Evaluating;

/// <summary>A table of a report, for the console and for a Markdown page.</summary>
public sealed record ReportTable(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows)
{
    public string Markdown() => string.Join('\n', ((IEnumerable<IReadOnlyList<string>>)[Columns, [.. Columns.Select(_ => "---")], .. Rows]).Select(row => $"| {string.Join(" | ", row)} |")) + "\n";

    public void Print(IAnsiConsole console)
    {
        var table = new Table().AddColumns([.. Columns.Select(Markup.Escape)]);
        foreach (var row in Rows)
            table.AddRow([.. row.Select(Markup.Escape)]);
        console.Write(table);
    }
}
