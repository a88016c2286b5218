namespace Mllm.Compiler.Ir.Printing;

/// <summary>
/// Places the boxes of a directed graph without cycles in given ranks from top to bottom, after Sugiyama et al. (1981): edges over several ranks get
/// a place in each, ranks are ordered to cross few edges, and boxes are moved towards their neighbours.
/// </summary>
internal sealed class LayeredLayout
{
    private const double Gap = 26, LineWidth = 12;

    private readonly List<Item> _items = [];
    private readonly List<List<Item>> _ranks = [];
    private readonly List<List<Item>> _routes = [];

    /// <param name="boxes">Width, height and rank of each box.</param>
    /// <param name="edges">Pairs of box numbers, from a lower to a higher rank, with how strongly they pull their ends together.</param>
    /// <param name="spaceAbove">The free height above a rank.</param>
    public LayeredLayout(IReadOnlyList<(double Width, double Height, int Rank)> boxes, IReadOnlyList<(int From, int To, double Pull)> edges, Func<int, double> spaceAbove)
    {
        foreach (var (width, height, rank) in boxes)
            Add(new Item { Width = width, Height = height, Rank = rank });
        foreach (var (from, to, pull) in edges)
            _routes.Add(Route(_items[from], _items[to], pull));
        Order();
        // Neighbours on both sides settle the picture; a last way down makes chains straight.
        const int sweeps = 60;
        for (var sweep = 0; sweep <= sweeps; sweep++)
            Align(down: sweep % 2 == 0, both: sweep < sweeps);
        Stack(spaceAbove);
        var left = _items.Min(i => i.X - i.Width / 2);
        foreach (var item in _items)
            item.X -= left;
    }

    public double Width => _items.Max(i => i.X + i.Width / 2);

    public double Height => _items.Max(i => i.Y + i.Height / 2);

    /// <summary>The centre of a box.</summary>
    public (double X, double Y) Centre(int box) => (_items[box].X, _items[box].Y);

    /// <summary>The places that an edge goes through between its boxes: top and bottom of each rank.</summary>
    public IEnumerable<(double X, double Y)> Between(int edge) => _routes[edge][1..^1].SelectMany(i => new[] { (i.X, i.Y - i.Height / 2), (i.X, i.Y + i.Height / 2) });

    private void Add(Item item)
    {
        while (_ranks.Count <= item.Rank)
            _ranks.Add([]);
        item.X = _ranks[item.Rank].Sum(i => i.Width + Gap);
        _ranks[item.Rank].Add(item);
        _items.Add(item);
    }

    private List<Item> Route(Item from, Item to, double pull)
    {
        List<Item> route = [from];
        for (var rank = from.Rank + 1; rank < to.Rank; rank++)
        {
            route.Add(new Item { Width = LineWidth, Rank = rank });
            Add(route[^1]);
        }
        route.Add(to);
        foreach (var (upper, lower) in route.Zip(route.Skip(1)))
        {
            upper.Below.Add((lower, pull));
            lower.Above.Add((upper, pull));
        }
        return route;
    }

    private void Order()
    {
        var (best, fewest) = (Snapshot(), Crossings());
        for (var sweep = 0; sweep < 12 && fewest > 0; sweep++)
        {
            var down = sweep % 2 == 0;
            foreach (var rank in down ? Enumerable.Range(1, _ranks.Count - 1) : Enumerable.Range(0, _ranks.Count - 1).Reverse())
            {
                var positions = _ranks[down ? rank - 1 : rank + 1].Select((item, i) => (item, i)).ToDictionary(p => p.item, p => (double)p.i);
                _ranks[rank] = [.. _ranks[rank].Select((item, i) => (item, Key: (down ? item.Above : item.Below).Select(n => positions[n.Item]).DefaultIfEmpty(i).Average())).OrderBy(p => p.Key).Select(p => p.item)];
            }
            if (Crossings() is var crossings && crossings < fewest)
                (best, fewest) = (Snapshot(), crossings);
        }
        for (var rank = 0; rank < _ranks.Count; rank++)
            _ranks[rank] = best[rank];
    }

    private List<List<Item>> Snapshot() => [.. _ranks.Select(r => new List<Item>(r))];

    private int Crossings()
    {
        var crossings = 0;
        foreach (var (upper, lower) in _ranks.Zip(_ranks.Skip(1)))
        {
            var positions = lower.Select((item, i) => (item, i)).ToDictionary(p => p.item, p => p.i);
            var ends = upper.SelectMany((item, i) => item.Below.Select(b => (From: i, To: positions[b.Item]))).ToList();
            crossings += ends.Sum(a => ends.Count(b => a.From < b.From && a.To > b.To));
        }
        return crossings;
    }

    private void Align(bool down, bool both)
    {
        foreach (var rank in down ? _ranks : Enumerable.Reverse(_ranks))
        {
            var wanted = rank.Select(item => both || item.Above.Count == 0 || item.Below.Count == 0 ? item.Above.Concat(item.Below) : down ? item.Above : item.Below)
                .Zip(rank, (around, item) => around.Any() ? around.Sum(n => n.Item.X * n.Pull) / around.Sum(n => n.Pull) : item.X);
            Separate(rank, [.. wanted]);
        }
    }

    /// <summary>The places nearest to the wanted ones, in squared distance, that keep order and gaps (isotonic regression by pooling).</summary>
    private static void Separate(List<Item> rank, List<double> wanted)
    {
        var offsets = new double[rank.Count];
        for (var i = 1; i < rank.Count; i++)
            offsets[i] = offsets[i - 1] + (rank[i - 1].Width + rank[i].Width) / 2 + Gap;
        var pools = new List<(double Sum, double Weight, int Count)>();
        for (var i = 0; i < rank.Count; i++)
        {
            // What pulls little gives way; lines give way to nothing but lines, so that they stay straight.
            var weight = Math.Max(0.01, rank[i].Above.Concat(rank[i].Below).Sum(n => n.Pull)) * (rank[i].Height == 0 ? 3 : 1);
            pools.Add(((wanted[i] - offsets[i]) * weight, weight, 1));
            while (pools.Count > 1 && pools[^2].Sum / pools[^2].Weight > pools[^1].Sum / pools[^1].Weight)
            {
                var (a, b) = (pools[^2], pools[^1]);
                pools.RemoveRange(pools.Count - 2, 2);
                pools.Add((a.Sum + b.Sum, a.Weight + b.Weight, a.Count + b.Count));
            }
        }
        var next = 0;
        foreach (var (sum, weight, count) in pools)
            for (var i = 0; i < count; i++, next++)
                rank[next].X = sum / weight + offsets[next];
    }

    private void Stack(Func<int, double> spaceAbove)
    {
        var y = 0.0;
        for (var rank = 0; rank < _ranks.Count; rank++)
        {
            var height = _ranks[rank].Select(i => i.Height).DefaultIfEmpty(0).Max();
            y += spaceAbove(rank);
            foreach (var item in _ranks[rank])
                (item.Y, item.Height) = (y + height / 2, item.Height == 0 ? height : item.Height);
            y += height;
        }
    }

    private sealed class Item
    {
        public double Width { get; init; }

        public double Height { get; set; }

        public int Rank { get; init; }

        public double X { get; set; }

        public double Y { get; set; }

        public List<(Item Item, double Pull)> Above { get; } = [];

        public List<(Item Item, double Pull)> Below { get; } = [];
    }
}
