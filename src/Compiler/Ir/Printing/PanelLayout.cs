using System.Collections.Immutable;

namespace Mllm.Compiler.Ir.Printing;

/// <summary>Where everything of one panel stands: ranks by component, boxes, frames around components and around repeated groups.</summary>
internal sealed class PanelLayout
{
    private const double TitleCharacter = 7.4, DetailCharacter = 6.1, FramePadding = 16, FrameLabel = 18, GroupPadding = 9;
    private const int LongestCount = 9;

    private readonly DiagramPanel _panel;
    private readonly int[] _segments;
    private readonly int[] _ranks;
    private readonly LayeredLayout _layout;

    public PanelLayout(DiagramPanel panel)
    {
        _panel = panel;
        _segments = Segments(panel);
        _ranks = Ranks(panel, _segments);
        _layout = new LayeredLayout([.. panel.Boxes.Select(b => (WidthOf(b), HeightOf(b), _ranks[b.Id]))], [.. panel.Edges.Select(e => (e.From, e.To, Pull(e)))], SpaceAbove);
        Frames = [.. panel.Boxes.Where(b => b.Component is not null).GroupBy(b => _segments[b.Id]).Select(g => (g.First().Component!, Labelled(Around(g, FramePadding), g.First().Component!)))];
        Groups = [.. panel.Groups.Select(g => (g.Count, FrameOf(g)))];
        var shapes = panel.Boxes.Select(b => Box(b.Id)).Concat(Frames.Select(f => f.Frame)).Concat(Groups.Select(g => g.Frame)).ToList();
        (Left, Width, Height) = (shapes.Min(r => r.X), shapes.Max(r => r.X + r.Width) - shapes.Min(r => r.X), shapes.Max(r => r.Y + r.Height));
    }

    public double Left { get; }

    public double Width { get; }

    public double Height { get; }

    /// <summary>A frame for each run of boxes of one component.</summary>
    public ImmutableArray<(string Component, Rectangle Frame)> Frames { get; }

    /// <summary>A frame for each repeated group; outside the components' frames where it holds several.</summary>
    public ImmutableArray<(int Count, Rectangle Frame)> Groups { get; }

    public Rectangle Box(int id)
    {
        var ((x, y), box) = (_layout.Centre(id), _panel.Boxes[id]);
        return new(x - WidthOf(box) / 2, y - HeightOf(box) / 2, WidthOf(box), HeightOf(box));
    }

    /// <summary>The points of an edge: the source's lower side, the places between, the target's upper side; ends at one box stand side by side.</summary>
    public IReadOnlyList<(double X, double Y)> Points(int edge)
    {
        var (from, to) = (Box(_panel.Edges[edge].From), Box(_panel.Edges[edge].To));
        var arrivals = Enumerable.Range(0, _panel.Edges.Length).Where(e => _panel.Edges[e].To == _panel.Edges[edge].To).OrderBy(ArrivesFrom).ToList();
        var spread = Math.Min(18, (to.Width - 24) / Math.Max(1, arrivals.Count));
        var port = to.X + to.Width / 2 + (arrivals.IndexOf(edge) - (arrivals.Count - 1) / 2.0) * spread;
        return [(from.X + from.Width / 2, from.Y + from.Height), .. _layout.Between(edge), (port, to.Y)];
    }

    /// <summary>Learned tables and inputs give way to the main line.</summary>
    private double Pull(DiagramEdge edge) => edge.Time == BindingTime.Constant || _panel.Edges.All(e => e.To != edge.From) ? 0.05 : 1;

    private static Rectangle Labelled(Rectangle frame, string label)
    {
        var missing = Math.Max(0, (label.Length + LongestCount) * TitleCharacter + 24 - frame.Width);
        return new(frame.X - missing / 2, frame.Y - FrameLabel, frame.Width + missing, frame.Height + FrameLabel);
    }

    private Rectangle FrameOf(DiagramGroup group)
    {
        var inside = _panel.Boxes.Where(b => b.Groups.Contains(group.Id)).ToList();
        var several = inside.Select(b => _segments[b.Id]).Distinct().Count() > 1;
        var frame = Around(inside, several ? FramePadding + GroupPadding : GroupPadding);
        return several ? frame with { Y = frame.Y - FrameLabel, Height = frame.Height + FrameLabel } : frame;
    }

    private double ArrivesFrom(int edge) => _layout.Between(edge).Select(p => p.X).DefaultIfEmpty(_layout.Centre(_panel.Edges[edge].From).X).Last();

    private Rectangle Around(IEnumerable<DiagramBox> boxes, double padding)
    {
        var inside = boxes.Select(b => Box(b.Id)).ToList();
        var (left, top) = (inside.Min(r => r.X) - padding, inside.Min(r => r.Y) - padding);
        return new(left, top, inside.Max(r => r.X + r.Width) + padding - left, inside.Max(r => r.Y + r.Height) + padding - top);
    }

    private double SpaceAbove(int rank)
    {
        var here = _panel.Boxes.Where(b => _ranks[b.Id] == rank).ToList();
        var startsFrame = here.Any(b => b.Component is not null && !_panel.Boxes.Any(o => _segments[o.Id] == _segments[b.Id] && _ranks[o.Id] < rank));
        var endsFrame = _panel.Boxes.Any(b => b.Component is not null && _ranks[b.Id] == rank - 1 && !_panel.Boxes.Any(o => _segments[o.Id] == _segments[b.Id] && _ranks[o.Id] >= rank));
        var startsGroup = _panel.Groups.Any(g => _panel.Boxes.Where(b => b.Groups.Contains(g.Id)).Min(b => _ranks[b.Id]) == rank);
        var endsGroup = _panel.Groups.Any(g => _panel.Boxes.Where(b => b.Groups.Contains(g.Id)).Max(b => _ranks[b.Id]) == rank - 1);
        return (rank == 0 ? 0 : 34) + (startsFrame ? FramePadding + FrameLabel : 0) + (endsFrame ? FramePadding : 0) + (startsGroup ? 2 * GroupPadding : 0) + (endsGroup ? 2 * GroupPadding : 0);
    }

    /// <summary>Consecutive boxes of one component are one segment, cut where a group of several components begins or ends; inputs and outputs have none (-1).</summary>
    private static int[] Segments(DiagramPanel panel)
    {
        var (segments, current, last) = (new int[panel.Boxes.Length], -1, (Component: (string?)null, Group: -1));
        foreach (var box in panel.Boxes)
        {
            var isEnd = box.Kind is BoxKind.Input or BoxKind.Output;
            var key = (box.Component, MixedGroup(panel, box));
            if (!isEnd && (current < 0 || key != last))
                (current, last) = (current + 1, key);
            segments[box.Id] = isEnd ? -1 : current;
        }
        return segments;
    }

    /// <summary>The outermost group of several components around a box, or -1.</summary>
    private static int MixedGroup(DiagramPanel panel, DiagramBox box) =>
        box.Groups.Where(g => panel.Boxes.Where(b => b.Groups.Contains(g)).Select(b => b.Component).Distinct().Count() > 1).DefaultIfEmpty(-1).First();

    /// <summary>Segments stand one under the other; inputs stand above the first segment that takes them, outputs at the foot.</summary>
    private static int[] Ranks(DiagramPanel panel, int[] segments)
    {
        var ranks = new int[panel.Boxes.Length];
        var foot = 0;
        foreach (var segment in panel.Boxes.Where(b => segments[b.Id] >= 0).GroupBy(b => segments[b.Id]))
        {
            var inputs = panel.Boxes.Where(b => b.Kind == BoxKind.Input && panel.Edges.Where(e => e.From == b.Id).Select(e => EntersAt(e.To)).DefaultIfEmpty(0).Min() == segment.Key).ToList();
            foreach (var input in inputs)
                ranks[input.Id] = foot;
            var top = inputs.Count > 0 ? foot + 1 : foot;
            foreach (var box in segment)
                ranks[box.Id] = Math.Max(top, panel.Edges.Where(e => e.To == box.Id).Select(e => ranks[e.From] + 1).DefaultIfEmpty(top).Max());
            // What depends on nothing, such as a learned table, stands right above what takes it.
            foreach (var box in segment.Where(b => panel.Edges.All(e => e.To != b.Id)))
                ranks[box.Id] = Math.Max(top, panel.Edges.Where(e => e.From == box.Id && segments[e.To] == segment.Key).Select(e => ranks[e.To] - 1).DefaultIfEmpty(top).Min());
            foot = segment.Max(b => ranks[b.Id]) + 1;
        }
        foreach (var output in panel.Boxes.Where(b => b.Kind == BoxKind.Output))
            ranks[output.Id] = Math.Max(foot, 1);
        return ranks;

        // The segment above which an input of the box stands: outside of a group of several components.
        int EntersAt(int box) => MixedGroup(panel, panel.Boxes[box]) is >= 0 and var group
            ? panel.Boxes.Where(b => b.Groups.Contains(group)).Min(b => segments[b.Id])
            : Math.Max(0, segments[box]);
    }

    private static double WidthOf(DiagramBox box) => Math.Max(64, Math.Max(box.Title.Length * TitleCharacter, box.Detail.Length * DetailCharacter) + 24);

    private static double HeightOf(DiagramBox box) => box.Detail.Length > 0 ? 40 : 26;
}

/// <summary>A rectangle by its upper left corner.</summary>
internal readonly record struct Rectangle(double X, double Y, double Width, double Height);
