using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Mllm.Runtime.Training.Watching.Plots;

/// <summary>A vertical line that says what begins at <paramref name="X"/>.</summary>
public sealed record PlotMark(double X, string Label);

/// <summary>
/// Labelled curves over one pair of axes, as an SVG picture. Equal plots give equal text. Its letters are the reader's: nothing here needs a font
/// (docs/adr/0007-plots-are-written-as-svg.md).
/// </summary>
public sealed record CurvePlot(string Title, string XLabel, string YLabel, ImmutableArray<Curve> Curves)
{
    private const int Width = 800;
    private const int Height = 460;
    private const int Left = 76;
    private const int Right = 20;
    private const int Top = 52;
    private const int Bottom = 58;
    private const int LegendRow = 18;

    // A curve with more points than four a column is thinned: a finer one is larger and looks the same.
    private const int Columns = (Width - Left - Right) / 4;

    // Okabe and Ito's colours ("Color Universal Design", 2008), which colour-blind readers tell apart; black and yellow left out.
    private static readonly ImmutableArray<string> Colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00"];

    /// <summary>Lines between parts of the plot; none by default.</summary>
    public ImmutableArray<PlotMark> Marks { get; init; } = [];

    /// <summary>The picture, 800 by 460 units.</summary>
    public string ToSvg()
    {
        var all = Curves.SelectMany(c => c.Points.Concat(c.Raw)).ToList();
        var x = Axis.Of(all.Select(p => p.X), 8, isTight: true);
        var y = Axis.Of(all.Select(p => p.Y), 6);
        var svg = new SvgText(Width, Height, Title);
        Frame(svg, x, y);
        foreach (var (index, curve) in Curves.Index())
            Line(svg, x, y, curve.Raw, index, "stroke-width=\"0.8\" stroke-opacity=\"0.28\"");
        foreach (var (index, curve) in Curves.Index())
            Line(svg, x, y, curve.Points, index, "stroke-width=\"2\"", curve.Label);
        Legend(svg);
        return svg.ToString();
    }

    /// <summary>Writes the picture beside and renames it, so that a viewer sees the whole of it.</summary>
    /// <exception cref="IOException">if it cannot be written</exception>
    public void Save(string path) => WholeFile.Write(path, Encoding.UTF8.GetBytes(ToSvg()));

    private static double X(Axis axis, double value) => Left + axis.Share(value) * (Width - Left - Right);

    private static double Y(Axis axis, double value) => Height - Bottom - axis.Share(value) * (Height - Top - Bottom);

    private void Frame(SvgText svg, Axis x, Axis y)
    {
        svg.Text(Left, 28, Title, "font-size=\"16\" font-weight=\"600\"");
        foreach (var tick in y.Ticks())
        {
            svg.Rule(Left, Y(y, tick), Width - Right, Y(y, tick), "#e4e4e4");
            svg.Text(Left - 8, Y(y, tick) + 4, y.Label(tick), "text-anchor=\"end\"");
        }
        foreach (var tick in x.Ticks())
        {
            svg.Rule(X(x, tick), Height - Bottom, X(x, tick), Height - Bottom + 5, "#444444");
            svg.Text(X(x, tick), Height - Bottom + 20, x.Label(tick), "text-anchor=\"middle\"");
        }
        foreach (var mark in Marks)
        {
            svg.Rule(X(x, mark.X), Top, X(x, mark.X), Height - Bottom, "#888888", "stroke-dasharray=\"4 4\"");
            svg.Text(X(x, mark.X) + 5, Top - 6, mark.Label, "fill=\"#666666\"");
        }
        svg.Rule(Left, Height - Bottom, Width - Right, Height - Bottom, "#444444");
        svg.Rule(Left, Top, Left, Height - Bottom, "#444444");
        svg.Text((Left + Width - Right) / 2.0, Height - 14, XLabel, "text-anchor=\"middle\" font-size=\"13\"");
        svg.Upward(20, (Top + Height - Bottom) / 2.0, YLabel);
    }

    private static void Line(SvgText svg, Axis x, Axis y, ImmutableArray<CurvePoint> points, int index, string style, string? label = null)
    {
        var path = new StringBuilder();
        var isDown = false;
        foreach (var point in Thinning.Of(points, Columns))
        {
            if (!double.IsFinite(point.Y))
            {
                isDown = false;
                continue;
            }
            path.Append(CultureInfo.InvariantCulture, $"{(isDown ? 'L' : 'M')}{X(x, point.X):0.##} {Y(y, point.Y):0.##}");
            isDown = true;
        }
        // More curves than colours: the later ones are dashed.
        var dashes = index >= Colours.Length ? " stroke-dasharray=\"6 3\"" : "";
        if (path.Length > 0)
            svg.Path(path.ToString(), Colours[index % Colours.Length], style + dashes, label);
    }

    /// <summary>In the upper right corner, where a falling loss leaves room.</summary>
    private void Legend(SvgText svg)
    {
        if (Curves.Length < 2)
            return;
        // Letters are 12 units high; 7 is more than their mean width in the common fonts.
        var width = 44 + 7 * Curves.Max(c => c.Label.Length);
        var (left, top) = (Width - Right - 8 - width, Top + 8);
        svg.Box(left, top, width, LegendRow * Curves.Length + 8);
        foreach (var (index, curve) in Curves.Index())
        {
            var middle = top + 4 + LegendRow * (index + 0.5);
            var dashes = index >= Colours.Length ? "stroke-dasharray=\"6 3\" " : "";
            svg.Rule(left + 8, middle, left + 30, middle, Colours[index % Colours.Length], dashes + "stroke-width=\"2\"");
            svg.Text(left + 36, middle + 4, curve.Label);
        }
    }
}
