using System.Globalization;
using System.Security;
using System.Text;

namespace Mllm.Runtime.Training.Watching.Plots;

/// <summary>A picture as SVG 1.1, built from few kinds of marks. Lengths are in units of the picture.</summary>
internal sealed class SvgText
{
    private readonly StringBuilder _text = new();

    public SvgText(int width, int height, string title)
    {
        Add($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" font-family=\"Helvetica, Arial, 'DejaVu Sans', sans-serif\" font-size=\"12\" fill=\"#222222\">\n");
        Add($"<title>{Escaped(title)}</title>\n<rect width=\"{width}\" height=\"{height}\" fill=\"white\"/>\n");
    }

    public void Rule(double x1, double y1, double x2, double y2, string colour, string more = "") =>
        Add($"<line x1=\"{x1:0.##}\" y1=\"{y1:0.##}\" x2=\"{x2:0.##}\" y2=\"{y2:0.##}\" stroke=\"{colour}\"{Space(more)}/>\n");

    public void Text(double x, double y, string text, string more = "") =>
        Add($"<text x=\"{x:0.##}\" y=\"{y:0.##}\"{Space(more)}>{Escaped(text)}</text>\n");

    /// <summary>Text that runs upward, its middle at the point.</summary>
    public void Upward(double x, double y, string text) =>
        Add($"<text transform=\"translate({x:0.##} {y:0.##}) rotate(-90)\" text-anchor=\"middle\" font-size=\"13\">{Escaped(text)}</text>\n");

    /// <summary>A white box that lets a little of what is behind it through.</summary>
    public void Box(double x, double y, double width, double height) =>
        Add($"<rect x=\"{x:0.##}\" y=\"{y:0.##}\" width=\"{width:0.##}\" height=\"{height:0.##}\" rx=\"3\" fill=\"white\" fill-opacity=\"0.85\" stroke=\"#cccccc\"/>\n");

    /// <summary>A line along a path; viewers show its label when asked.</summary>
    public void Path(string path, string colour, string more, string? label) =>
        Add($"<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-linejoin=\"round\"{Space(more)}{(label is null ? "/>" : $"><title>{Escaped(label)}</title></path>")}\n");

    public override string ToString() => _text + "</svg>\n";

    private static string Space(string more) => more.Length > 0 ? " " + more : "";

    private static string Escaped(string text) => SecurityElement.Escape(text);

    private void Add(FormattableString text) => _text.Append(text.ToString(CultureInfo.InvariantCulture));
}
