using System.Globalization;
using System.Security;
using System.Text;

namespace InferenceServer.Trainer.Figures;

/// <summary>Writes one SVG picture: a few kinds of elements, and colours for light and dark pages. Numbers have two decimals, so the same figures give the same bytes.</summary>
public sealed class SvgDocument
{
    /// <summary>Colours there are; a series beyond takes the first again.</summary>
    public const int Colours = 6;

    // Okabe and Ito's colours, which colour-blind readers can tell apart, with lighter ones for dark pages.
    private static readonly (string Light, string Dark)[] Palette =
        [("#0072b2", "#56b4e9"), ("#d55e00", "#ff8f4d"), ("#009e73", "#35d0a5"), ("#b4589a", "#e59ac6"), ("#8a6d00", "#f0e442"), ("#5c6470", "#aab4c0")];

    private readonly StringBuilder _body = new();
    private readonly int _width, _height;
    private readonly string _title;

    /// <param name="title">What the picture shows, for those who cannot see it.</param>
    public SvgDocument(int width, int height, string title) => (_width, _height, _title) = (width, height, title);

    public void Line(double x1, double y1, double x2, double y2, string style) => Add($"<line x1=\"{x1:f2}\" y1=\"{y1:f2}\" x2=\"{x2:f2}\" y2=\"{y2:f2}\" class=\"{style}\"/>");

    public void Rectangle(double x, double y, double width, double height, string style) =>
        Add($"<rect x=\"{x:f2}\" y=\"{y:f2}\" width=\"{width:f2}\" height=\"{height:f2}\" class=\"{style}\"/>");

    public void Circle(double x, double y, double radius, string style) => Add($"<circle cx=\"{x:f2}\" cy=\"{y:f2}\" r=\"{radius:f2}\" class=\"{style}\"/>");

    public void Path(IEnumerable<(double X, double Y)> points, string style, bool closed = false)
    {
        string steps = string.Join(' ', points.Select((p, i) => string.Create(CultureInfo.InvariantCulture, $"{(i == 0 ? 'M' : 'L')}{p.X:f2} {p.Y:f2}")));
        Add($"<path d=\"{steps}{(closed ? " Z" : "")}\" class=\"{style}\"/>");
    }

    /// <param name="anchor"><c>start</c>, <c>middle</c> or <c>end</c>.</param>
    /// <param name="turned">Reads from below upwards.</param>
    public void Text(double x, double y, string text, string anchor = "start", string style = "text", bool turned = false) =>
        Add($"<text x=\"{x:f2}\" y=\"{y:f2}\" text-anchor=\"{anchor}\" class=\"{style}\"{(turned ? string.Create(CultureInfo.InvariantCulture, $" transform=\"rotate(-90 {x:f2} {y:f2})\"") : "")}>{SecurityElement.Escape(text)}</text>");

    /// <summary>Style of a series' line, with <c>area</c> its band, with <c>fill</c> its bars and points.</summary>
    public static string Series(int index, string kind = "line") => $"{kind} s{index % Colours}";

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"""
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_width} {_height}" width="{_width}" height="{_height}" role="img">
        <title>{SecurityElement.Escape(_title)}</title>
        <style>
        {Style}
        </style>
        <rect width="{_width}" height="{_height}" class="paper"/>
        {_body}</svg>

        """);

    private static string Style => string.Join('\n',
        [
            ".paper{fill:#fff}.text{fill:#24292f;font:13px system-ui,sans-serif}.title{fill:#24292f;font:600 15px system-ui,sans-serif}",
            ".axis{stroke:#57606a;stroke-width:1}.grid{stroke:#d0d7de;stroke-width:1}.line{fill:none;stroke-width:2}.dashed{stroke-dasharray:6 4}.area{stroke:none;fill-opacity:.18}.whisker{stroke:#24292f;stroke-width:1.2}",
            .. Palette.Select((colour, i) => Rule(i, colour.Light)),
            "@media (prefers-color-scheme:dark){",
            ".paper{fill:#0d1117}.text,.title{fill:#e6edf3}.axis{stroke:#8b949e}.grid{stroke:#30363d}.whisker{stroke:#e6edf3}",
            .. Palette.Select((colour, i) => Rule(i, colour.Dark)),
            "}",
        ]);

    private static string Rule(int index, string colour) => $".line.s{index}{{stroke:{colour}}}.area.s{index},.fill.s{index}{{fill:{colour}}}";

    private void Add(FormattableString element) => _body.Append(element.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
