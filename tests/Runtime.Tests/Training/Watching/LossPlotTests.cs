using System.Globalization;
using System.Xml.Linq;
using Mllm.Runtime.Training.Watching;
using Mllm.Runtime.Training.Watching.Plots;
using Xunit;

namespace Mllm.Runtime.Tests.Training.Watching;

public class LossPlotTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [Fact]
    public void The_picture_has_the_curves_where_the_axes_say()
    {
        var plot = new CurvePlot("A & B", "step", "loss", [new Curve("<one>", [new(0, 1), new(50, 3), new(100, 2)])]);
        var svg = XDocument.Parse(plot.ToSvg()).Root!;
        var points = Points(svg.Elements(Svg + "path").Single());
        Assert.Equal("<one>", svg.Element(Svg + "path")!.Element(Svg + "title")!.Value);
        // Positions go back to values by the ticks' own texts and positions.
        double X(double x) => Between(x, Tick(svg, "0", "middle", "x"), Tick(svg, "100", "middle", "x"), 0, 100);
        double Y(double y) => Between(y, Tick(svg, "1.0", "end", "y") - 4, Tick(svg, "3.0", "end", "y") - 4, 1, 3);
        Assert.Equal(3, points.Count);
        foreach (var (point, (x, y)) in points.Zip([(0.0, 1.0), (50, 3), (100, 2)]))
        {
            // Coordinates are written to a hundredth of a unit.
            Assert.InRange(X(point.X), x - 0.01, x + 0.01);
            Assert.InRange(Y(point.Y), y - 0.001, y + 0.001);
        }
    }

    [Fact]
    public void A_value_that_is_no_number_is_a_gap()
    {
        var plot = new CurvePlot("t", "x", "y", [new Curve("c", [new(0, 1), new(1, double.NaN), new(2, 2), new(3, double.PositiveInfinity)])]);
        var path = XDocument.Parse(plot.ToSvg()).Root!.Element(Svg + "path")!.Attribute("d")!.Value;
        Assert.Equal(2, path.Count(c => c == 'M'));
        Assert.DoesNotContain("NaN", path);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(1, 100_000)]
    public void Any_number_of_points_gives_a_picture(int curves, int points)
    {
        var plot = new CurvePlot("t", "x", "y", [.. Enumerable.Range(0, curves).Select(c =>
            Curve.Smoothed($"{c}", [.. Enumerable.Range(0, points).Select(p => new CurvePoint(p, p % 997))]))]);
        var svg = plot.ToSvg();
        Assert.NotNull(XDocument.Parse(svg).Root);
        Assert.True(svg.Length < 50_000, $"{svg.Length} characters");
    }

    [Fact]
    public void Thinning_keeps_the_extremes()
    {
        var points = Enumerable.Range(0, 10_000).Select(i => new CurvePoint(i, i == 5003 ? 9 : i == 7001 ? -9 : Math.Sin(i))).ToList();
        var thin = Thinning.Of([.. points], 100);
        Assert.InRange(thin.Length, 100, 400);
        Assert.Contains(new CurvePoint(5003, 9), thin);
        Assert.Contains(new CurvePoint(7001, -9), thin);
        Assert.Equal((points[0], points[^1]), (thin[0], thin[^1]));
        Assert.Equal(thin.OrderBy(p => p.X), thin);
    }

    [Theory]
    [InlineData(0.3, 5.2, 6, "0,1,2,3,4,5,6")]
    [InlineData(0, 0.23, 6, "0.00,0.05,0.10,0.15,0.20,0.25")]
    [InlineData(2, 2, 4, "1.8,1.9,2.0,2.1,2.2")]
    [InlineData(-1200, 3400, 5, "-2,000,-1,000,0,1,000,2,000,3,000,4,000")]
    public void Ticks_are_round(double low, double high, int ticks, string expected)
    {
        var axis = Axis.Of([low, high], ticks);
        Assert.Equal(expected, string.Join(',', axis.Ticks().Select(axis.Label)));
    }

    [Fact]
    public void A_mean_of_equal_values_is_that_value_from_the_first_on()
    {
        var smoothing = new Smoothing(10);
        Assert.True(double.IsNaN(smoothing.Value));
        for (var i = 0; i < 5; i++)
            Assert.Equal(3, smoothing.Add(3), 12);
        Assert.Equal(smoothing.Value, smoothing.Add(double.NaN));
        // Weights 0.9^k: after (1, 2) the mean is (0.9 + 2) / 1.9.
        var two = new Smoothing(10);
        two.Add(1);
        Assert.Equal((0.9 * 1 + 2) / 1.9, two.Add(2), 12);
    }

    [Fact]
    public void A_smoothed_line_does_not_lag_behind_a_slope()
    {
        var line = Smoothing.Of([.. Enumerable.Range(0, 1000).Select(i => new CurvePoint(i, 5 - 0.003 * i))]);
        // Away from the ends the averages from both sides err alike, in opposite directions; a window of 20 has forgotten its start to 0.95^400.
        Assert.All(line[400..600], p => Assert.Equal(5 - 0.003 * p.X, p.Y, 7));
    }

    [Fact]
    public void A_resumed_run_is_drawn_whole_each_stage_behind_the_last()
    {
        var folder = Reports.Folder();
        var (metrics, path) = (Path.Combine(folder, "metrics.jsonl"), Path.Combine(folder, "loss.svg"));
        using (var file = new MetricsFile(metrics))
        {
            file.Train("one", 0, 10);
            file.Train("two", 0, 6);
        }
        using (var group = new WatcherGroup([new MetricsFile(metrics), new LossPlot(path, metrics, "tiny")], Assert.Fail))
            group.Train("two", 4, 10);
        var svg = XDocument.Parse(File.ReadAllText(path)).Root!;
        var curves = svg.Elements(Svg + "path").Where(p => p.Element(Svg + "title") is not null).ToList();
        Assert.Equal(["one", "two"], curves.Select(c => c.Element(Svg + "title")!.Value));
        Assert.All(curves, c => Assert.Equal(10, Points(c).Count));
        Assert.True(Points(curves[0])[^1].X < Points(curves[1])[0].X);
        Assert.NotEqual(curves[0].Attribute("stroke")!.Value, curves[1].Attribute("stroke")!.Value);
        Assert.Contains(svg.Elements(Svg + "line"), l => l.Attribute("stroke-dasharray") is not null);
        Assert.Empty(Directory.GetFiles(folder, "*.partial"));
    }

    private static double Between(double at, double from, double to, double low, double high) => low + (at - from) / (to - from) * (high - low);

    private static double Tick(XElement svg, string label, string anchor, string attribute) => double.Parse(
        svg.Elements(Svg + "text").First(t => t.Value == label && t.Attribute("text-anchor")?.Value == anchor).Attribute(attribute)!.Value, CultureInfo.InvariantCulture);

    private static List<(double X, double Y)> Points(XElement path) =>
    [
        .. path.Attribute("d")!.Value.Split(['M', 'L'], StringSplitOptions.RemoveEmptyEntries)
            .Select(p => p.Split(' ').Select(n => double.Parse(n, CultureInfo.InvariantCulture)).ToArray()).Select(n => (n[0], n[1])),
    ];
}
