using System.Globalization;
using System.Text;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir.Printing;

/// <summary>A drawing of the diagram that needs nothing besides itself: panels side by side, components in colours, edges by binding time.</summary>
internal sealed class SvgDrawing
{
    private const double Margin = 28, Header = 78, PanelTitle = 34, PanelGap = 44;

    private static readonly (string Line, string Fill)[] Palette =
        [("#3563c9", "#eef3fd"), ("#b45f06", "#fdf3e7"), ("#1e7f5c", "#eaf7f1"), ("#7a4bc4", "#f4effc"), ("#b83268", "#fceff4"), ("#0e7490", "#e8f6f9")];

    private readonly StringBuilder _svg = new();
    private readonly List<string> _components;

    private SvgDrawing(Diagram diagram) => _components = [.. diagram.Panels.SelectMany(p => p.Boxes).Select(b => b.Component).OfType<string>().Distinct()];

    public static string Print(Diagram diagram, IReadOnlyDictionary<string, Dim> parameterCounts)
    {
        var drawing = new SvgDrawing(diagram);
        var layouts = diagram.Panels.Where(p => p.Boxes.Length > 0).Select(p => (Panel: p, Layout: new PanelLayout(p))).ToList();
        var width = Math.Max(520, 2 * Margin + layouts.Sum(l => l.Layout.Width) + PanelGap * Math.Max(0, layouts.Count - 1));
        var height = Header + PanelTitle + layouts.Select(l => l.Layout.Height).DefaultIfEmpty(0).Max() + 2 * Margin;
        drawing.Open(diagram.Title, width, height, parameterCounts);
        var x = Margin;
        foreach (var (panel, layout) in layouts)
        {
            drawing.Line($"""<text class="panel" x="{N(x)}" y="{N(Header + 10)}">{Escape(panel.Title)}</text><g transform="translate({N(x - layout.Left)},{N(Header + PanelTitle)})">""");
            drawing.Draw(panel, layout, parameterCounts);
            drawing.Line("</g>");
            x += layout.Width + PanelGap;
        }
        drawing.Line("</svg>");
        return drawing._svg.ToString();
    }

    private void Open(string title, double width, double height, IReadOnlyDictionary<string, Dim> counts)
    {
        Line($"""<svg xmlns="http://www.w3.org/2000/svg" width="{N(width)}" height="{N(height)}" viewBox="0 0 {N(width)} {N(height)}" role="img" aria-label="{Escape(title)}">""");
        Line("""
            <style>
            text { font-family: "Inter", "Segoe UI", "Helvetica Neue", "DejaVu Sans", Arial, sans-serif; fill: #1f2937; }
            .title { font-size: 20px; font-weight: 700; } .count, .legend { font-size: 11px; fill: #6b7280; }
            .panel { font-size: 14px; font-weight: 700; fill: #374151; } .frame { font-size: 11.5px; font-weight: 600; paint-order: stroke; stroke-width: 4px; }
            .box { font-size: 12px; font-weight: 500; text-anchor: middle; } .block { font-weight: 700; }
            .detail { font-family: "JetBrains Mono", "DejaVu Sans Mono", Consolas, monospace; font-size: 9.5px; fill: #6b7280; text-anchor: middle; }
            .shape { font-family: "JetBrains Mono", "DejaVu Sans Mono", Consolas, monospace; font-size: 9px; fill: #6b7280; paint-order: stroke; stroke: #ffffff; stroke-width: 3px; }
            .edge { fill: none; stroke-width: 1.4; } .badge { font-size: 11px; font-weight: 700; fill: #ffffff; text-anchor: middle; }
            </style>
            """.ReplaceLineEndings("\n"));
        foreach (var time in Enum.GetValues<BindingTime>())
            Line($"""<marker id="{Name(time)}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0,0.6 L7.4,4 L0,7.4 z" fill="{Colour(time)}"/></marker>""");
        Line($"""<rect width="100%" height="100%" fill="#ffffff"/><text class="title" x="{N(Margin)}" y="38">{Escape(title)}</text>""");
        var total = counts.Values.Aggregate(Dim.Zero, (a, b) => a + b);
        Line($"""<text class="count" x="{N(Margin)}" y="56">{Describe(total)} parameters</text>""");
        var x = Margin + 150;
        foreach (var (time, words) in new[] { (BindingTime.Image, "computed once for each image"), (BindingTime.Text, "computed for each token"), (BindingTime.Constant, "constant") })
        {
            Line($"""<path class="edge" d="M{N(x)},52 h22" stroke="{Colour(time)}"/><text class="legend" x="{N(x + 28)}" y="56">{words}</text>""");
            x += 52 + words.Length * 6;
        }
    }

    private void Draw(DiagramPanel panel, PanelLayout layout, IReadOnlyDictionary<string, Dim> counts)
    {
        foreach (var (component, r) in layout.Frames)
        {
            var (line, fill) = ColoursOf(component);
            Line($"""<rect x="{N(r.X)}" y="{N(r.Y)}" width="{N(r.Width)}" height="{N(r.Height)}" rx="12" fill="{fill}" stroke="{line}" stroke-opacity="0.35"/>""");
        }
        foreach (var (count, r) in layout.Groups)
        {
            Line($"""<rect x="{N(r.X)}" y="{N(r.Y)}" width="{N(r.Width)}" height="{N(r.Height)}" rx="10" fill="none" stroke="#4b5563" stroke-dasharray="5 4"/>""");
            Line($"""<rect x="{N(r.X + r.Width - 44)}" y="{N(r.Y - 9)}" width="36" height="18" rx="9" fill="#4b5563"/><text class="badge" x="{N(r.X + r.Width - 26)}" y="{N(r.Y + 4)}">×{count}</text>""");
        }
        for (var edge = 0; edge < panel.Edges.Length; edge++)
            DrawEdge(panel.Edges[edge], layout.Points(edge));
        var labelled = new HashSet<string>();
        foreach (var (component, r) in layout.Frames)
        {
            var (line, fill) = ColoursOf(component);
            var count = labelled.Add(component) && counts.TryGetValue(component, out var c) ? $" · {Describe(c)}" : "";
            Line($"""<text class="frame" x="{N(r.X + 12)}" y="{N(r.Y + 18)}" style="fill:{line};stroke:{fill}">{Escape(component + count)}</text>""");
        }
        foreach (var box in panel.Boxes)
            DrawBox(box, layout.Box(box.Id));
        foreach (var (edge, points) in panel.Edges.Select((e, i) => (e, layout.Points(i))).DistinctBy(e => (e.e.From, e.e.Type.ToString())))
            if (panel.Boxes[edge.From].Kind != BoxKind.Input && panel.Boxes[edge.To].Kind != BoxKind.Output)
                Line($"""<text class="shape" x="{N(points[0].X + 7)}" y="{N(points[0].Y + (panel.Boxes[edge.From].Title.Contains('×') ? 20 : 14))}">{Escape(edge.Type.ToString())}</text>""");
    }

    private void DrawEdge(DiagramEdge edge, IReadOnlyList<(double X, double Y)> points)
    {
        var path = new StringBuilder($"M{N(points[0].X)},{N(points[0].Y)}");
        foreach (var (a, b) in points.Zip(points.Skip(1)))
            path.Append(Math.Abs(a.X - b.X) < 0.5 ? $" L{N(b.X)},{N(b.Y)}" : $" C{N(a.X)},{N((a.Y + b.Y) / 2)} {N(b.X)},{N((a.Y + b.Y) / 2)} {N(b.X)},{N(b.Y)}");
        Line($"""<path class="edge" d="{path}" stroke="{Colour(edge.Time)}" marker-end="url(#{Name(edge.Time)})"/>""");
    }

    private void DrawBox(DiagramBox box, Rectangle r)
    {
        var isEnd = box.Kind is BoxKind.Input or BoxKind.Output;
        var line = box.Component is { } c ? ColoursOf(c).Line : "#9ca3af";
        var radius = isEnd ? r.Height / 2 : 7;
        for (var card = box.Title.Contains('×') && !isEnd ? 2 : 0; card > 0; card--)
            Line($"""<rect x="{N(r.X + 4 * card)}" y="{N(r.Y + 4 * card)}" width="{N(r.Width)}" height="{N(r.Height)}" rx="7" fill="#ffffff" stroke="{line}" stroke-opacity="0.6"/>""");
        Line($"""<rect x="{N(r.X)}" y="{N(r.Y)}" width="{N(r.Width)}" height="{N(r.Height)}" rx="{N(radius)}" fill="{(isEnd ? "#f3f4f6" : "#ffffff")}" stroke="{line}" stroke-width="{(box.Kind == BoxKind.Block ? "1.6" : "1")}"/>""");
        var (centre, middle) = (r.X + r.Width / 2, r.Y + r.Height / 2);
        Line($"""<text class="box{(box.Kind == BoxKind.Block ? " block" : "")}" x="{N(centre)}" y="{N(box.Detail.Length > 0 ? middle - 2 : middle + 4)}">{Escape(box.Title)}</text>""");
        if (box.Detail.Length > 0)
            Line($"""<text class="detail" x="{N(centre)}" y="{N(middle + 12)}">{Escape(box.Detail)}</text>""");
    }

    private (string Line, string Fill) ColoursOf(string component) => Palette[_components.IndexOf(component) % Palette.Length];

    private static string Describe(Dim count) => count.Value is not { } n ? count.ToString() : n switch
    {
        >= 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{n / 1e9:0.##} G"),
        >= 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{n / 1e6:0.#} M"),
        _ => n.ToString("N0", CultureInfo.InvariantCulture),
    };

    private static string Name(BindingTime time) => time.ToString().ToLowerInvariant();

    private static string Colour(BindingTime time) => time switch { BindingTime.Image => "#d97706", BindingTime.Text => "#475569", _ => "#9ca3af" };

    private static string N(double value) => Math.Round(value, 1).ToString(CultureInfo.InvariantCulture);

    private static string Escape(string text) => text.Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;").Replace("\"", "&quot;");

    private void Line(string text) => _svg.Append(text).Append('\n');
}
