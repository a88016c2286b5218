using System.Globalization;
using System.Net;
using System.Text;
using Mllm.Compiler.Ir;

namespace Mllm.Cli.Graphs;

/// <summary>An overview as a picture: one row for each step along the longest path, frames around components by colour.</summary>
internal sealed class SvgFormat : GraphFormat
{
    private const int CharWidth = 7, LineHeight = 16, Padding = 8, RowGap = 34, ColumnGap = 30, Margin = 20;

    /// <summary>Light fills that black text stands out from; components take them in turn.</summary>
    private static readonly string[] Fills = ["#dbeafe", "#dcfce7", "#fef3c7", "#fae8ff", "#ffe4e6", "#e0f2f1"];

    public override string Name => "svg";

    public override string Write(Graph graph, ICompiler compiler)
    {
        var overview = Overview.Of(graph);
        var rows = Rows(overview);
        var boxWidth = overview.Boxes.SelectMany(Rows).Max(l => l.Length) * CharWidth + 2 * Padding;
        var places = new Dictionary<int, (int X, int Y, int Height)>();
        var y = Margin;
        var width = rows.Max(r => r.Count) * (boxWidth + ColumnGap) - ColumnGap;
        foreach (var row in rows)
        {
            var x = Margin + (width - (row.Count * (boxWidth + ColumnGap) - ColumnGap)) / 2;
            foreach (var box in row)
            {
                places[box.Id] = (x, y, Height(box));
                x += boxWidth + ColumnGap;
            }
            y += row.Max(Height) + RowGap;
        }
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width + 2 * Margin}\" height=\"{y - RowGap + Margin}\" font-family=\"sans-serif\" font-size=\"12\">\n");
        text.Append(CultureInfo.InvariantCulture, $"  <title>{WebUtility.HtmlEncode(overview.Title)}</title>\n  <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
        text.Append("  <defs><marker id=\"tip\" markerWidth=\"8\" markerHeight=\"8\" refX=\"7\" refY=\"4\" orient=\"auto\"><path d=\"M0,0 L8,4 L0,8 z\" fill=\"#555\"/></marker></defs>\n");
        foreach (var (from, to) in overview.Edges)
            text.Append(Curve(places[from], places[to], boxWidth));
        var groups = overview.Groups.ToList();
        foreach (var box in overview.Boxes)
            WriteBox(text, box, places[box.Id], boxWidth, box.Group is { } g ? Fills[groups.IndexOf(g) % Fills.Length] : "white");
        return text.Append("</svg>\n").ToString();
    }

    /// <summary>Boxes by the length of the longest path from them to the end: each as near to what takes it as it can be.</summary>
    private static List<List<OverviewBox>> Rows(Overview overview)
    {
        var rank = new Dictionary<int, int>();
        foreach (var box in overview.Boxes.Reverse())
            rank[box.Id] = overview.Edges.Where(e => e.From == box.Id).Select(e => rank[e.To] - 1).DefaultIfEmpty(0).Min();
        return [.. overview.Boxes.GroupBy(b => rank[b.Id]).OrderBy(g => g.Key).Select(g => g.ToList())];
    }

    private static int Height(OverviewBox box) => Rows(box).Count * LineHeight + 2 * Padding;

    private static List<string> Rows(OverviewBox box) => [.. box.Group is { } group ? [group] : Array.Empty<string>(), .. box.Lines];

    private static string Curve((int X, int Y, int Height) from, (int X, int Y, int Height) to, int boxWidth)
    {
        var (x1, y1, x2, y2) = (from.X + boxWidth / 2, from.Y + from.Height, to.X + boxWidth / 2, to.Y);
        var middle = (y1 + y2) / 2;
        return string.Create(CultureInfo.InvariantCulture,
            $"  <path d=\"M{x1},{y1} C{x1},{middle} {x2},{middle} {x2},{y2}\" fill=\"none\" stroke=\"#555\" marker-end=\"url(#tip)\"/>\n");
    }

    private static void WriteBox(StringBuilder text, OverviewBox box, (int X, int Y, int Height) at, int boxWidth, string fill)
    {
        var radius = box.Group is null ? at.Height / 2 : 6;
        text.Append(CultureInfo.InvariantCulture,
            $"  <rect x=\"{at.X}\" y=\"{at.Y}\" width=\"{boxWidth}\" height=\"{at.Height}\" rx=\"{radius}\" fill=\"{fill}\" stroke=\"#555\"/>\n");
        foreach (var (index, line) in Rows(box).Index())
        {
            var colour = box.Group is not null && index == 0 ? "#666" : "black";
            text.Append(CultureInfo.InvariantCulture,
                $"  <text x=\"{at.X + boxWidth / 2}\" y=\"{at.Y + Padding + (index + 1) * LineHeight - 4}\" text-anchor=\"middle\" fill=\"{colour}\">{WebUtility.HtmlEncode(line)}</text>\n");
        }
    }
}
