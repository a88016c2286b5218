using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Planning;

/// <summary>Writes the table of one plan.</summary>
internal sealed partial class PlanText(Plan plan, PlanPoint point, string? stage)
{
    private const int LongestFormula = 60;

    private readonly StringBuilder _text = new();
    private readonly IReadOnlyDictionary<string, long> _sizes = point.Sizes(plan);

    public string Print()
    {
        Line($"{plan.Model}{(plan.Variant is { } v ? $" {v}" : "")}");
        Parameters();
        Stages();
        Memory();
        Operations();
        Context();
        return _text.ToString();
    }

    private void Parameters()
    {
        Section("parameters", $"{Units.Exact(plan.Parameters.Count)}   {Units.Decimal(plan.Parameters.Count)}");
        Rows([.. plan.Components.Select(c => (c.Name, c.Role, Units.Exact(c.Parameters.Count), Units.Decimal(c.Parameters.Count), c.Parameters.Formula))]);
    }

    private void Stages()
    {
        if (plan.Stages.IsEmpty)
            return;
        Section("trained", "in each stage; everything else is frozen");
        var rows = ImmutableArray.CreateBuilder<(string, string, string, string, string)>();
        foreach (var s in plan.Stages.Where(s => stage is null || s.Name == stage))
        {
            var share = plan.Parameters.Count == 0 ? 0 : 100.0 * s.Trained.Count / plan.Parameters.Count;
            rows.Add((s.Name, string.Create(CultureInfo.InvariantCulture, $"{share:0.##} %"), Units.Exact(s.Trained.Count), Units.Decimal(s.Trained.Count), string.Join(", ", s.Components.Select(Part))));
            if (stage is not null)
                rows.AddRange(s.Components.Select(c => ($"  {c.Name}", c.Role, Units.Exact(c.Parameters.Count), Units.Decimal(c.Parameters.Count), c.Parameters.Formula)));
        }
        Rows(rows.ToImmutable());
        if (plan.Stages.FirstOrDefault(s => s.Name == stage) is { } one)
            Frozen(one);
    }

    /// <summary>What a stage leaves as it is; of a part with adapters the weights themselves stay.</summary>
    private void Frozen(StagePlan stage)
    {
        long Trained(string component) => stage.Components.FirstOrDefault(c => c.Name == component)?.Parameters.Count ?? 0;
        var rows = plan.Components.Select(c => (Component: c, Left: c.Parameters.Count - Trained(c.Name))).Where(c => c.Left > 0).ToImmutableArray();
        Section("frozen", rows.IsEmpty ? "nothing" : "");
        Rows([.. rows.Select(r => (r.Component.Name, r.Component.Role, Units.Exact(r.Left), Units.Decimal(r.Left),
            Trained($"{r.Component.Name}.adapted") > 0 ? "adapted" : r.Left < r.Component.Parameters.Count ? "in part" : ""))]);
    }

    private void Memory()
    {
        Section("memory", string.Join("   ", StorageType.All.Select(t => t.Name.PadRight(8))));
        var rows = new List<(string Name, double Elements, string Note)> { ("weights", plan.Parameters.Count, "") };
        if (plan.ConstantElements != Dim.Zero)
            rows.Add(("constants", At(plan.ConstantElements) ?? 0, $"computed once from weights: {plan.ConstantElements} elements"));
        if (plan.CachedElements != Dim.Zero)
            rows.Add(("cache", At(plan.CachedElements) ?? 0, $"for each position: {plan.CachedElements} elements{Formula(plan.CachedElements)}"));
        if (plan.KeptElements != Dim.Zero)
            rows.Add(("kept of images", At(plan.KeptElements) ?? 0, $"{plan.KeptElements} elements at {Images}"));
        foreach (var (entry, what) in new[] { ("encode", "encoding one image"), ("prefill", $"a prefill of {Count(_sizes["past"], "position")}") })
            if (Peak(entry) is { } peak)
                rows.Add(("activations", peak, $"about, in {what}"));
        foreach (var score in plan.Scores)
            if (Peak(score.Entry) is { } peak)
                rows.Add(("activations", peak, $"about, in {score.Name}{TextsOf(score.Operations)}"));
        if ((plan.Prefill ?? plan.Encode) is not null && plan.RunElements(point, 0) is { } run)
            rows.Add(("in all", run, $"weights and a prompt of {Count(point.Text, "text token")} and {Images}"));
        foreach (var (name, elements, note) in rows)
            Line($"  {name,-16}{string.Join("   ", StorageType.All.Select(t => Units.Bytes(elements * t.Bytes).PadRight(8)))}   {note}".TrimEnd());
    }

    private void Operations()
    {
        foreach (var injection in plan.Injections)
            Section("visual tokens", $"{PerImage(injection.TokensPerImage)}, {(injection.InSequence ? "positions of the decoder" : "attended to, no positions of the decoder")}: {injection.Name}");
        var rows = new List<(string Name, Dim Operations, string Where)>();
        if (plan.Encode is { } encode)
            rows.Add(("encode an image", encode, Sizes(encode)));
        if (plan.Media is { } media)
            rows.Add(("attend to images", media, $"at {Images}, once for a prompt"));
        if (plan.Prefill is { } prefill)
            rows.Add(("prefill", prefill, $"at {Count(point.Text, "text token")} and {Images}"));
        if (plan.Decode is { } decode)
            rows.Add(("decode a token", decode, $"after {Count(_sizes["past"], "position")}"));
        foreach (var score in plan.Scores)
            rows.Add((score.Name, score.Operations, Sizes(score.Operations)));
        if (rows.Count == 0)
            return;
        Section("operations", "floating-point, a multiply-add is two");
        foreach (var (name, operations, where) in rows)
            Line($"  {name,-18}{(At(operations) is { } n ? Units.Decimal(n) : "not known"),-9}{(where.Length > 0 ? $"{where}: " : "")}{Units.Polynomial(operations, Units.Decimal)}".TrimEnd());
    }

    private void Context()
    {
        if (plan.Context is not { } context)
            return;
        var images = plan.LargestImageCount(point.Text);
        Section("context", $"{Units.Exact(context)} positions"
            + (images is { } n ? $": at most {Count(n, "image")} beside {Count(point.Text, "text token")}" : plan.Injections.IsEmpty ? "" : ", of which images take none"));
    }

    private void Section(string name, string text) => Line($"\n{name,-18}{text}".TrimEnd());

    private void Rows(ImmutableArray<(string Name, string Kind, string Exact, string Short, string Formula)> rows)
    {
        if (rows.IsEmpty)
            return;
        var (name, kind, exact) = (rows.Max(r => r.Name.Length), rows.Max(r => r.Kind.Length), rows.Max(r => r.Exact.Length));
        foreach (var row in rows)
        {
            var start = $"  {row.Name.PadRight(Math.Max(name, 14))}  {row.Kind.PadRight(kind)}  {row.Exact.PadLeft(exact)}   {row.Short,-7}";
            Line(row.Formula.Length <= LongestFormula ? $"{start} {row.Formula}".TrimEnd() : $"{start.TrimEnd()}\n      {row.Formula}");
        }
    }

    private string Part(ComponentPlan trained)
    {
        var whole = plan.Components.First(c => c.Name == trained.Name).Parameters.Count;
        return trained.Parameters.Count == whole ? trained.Name : $"{trained.Name} in part";
    }

    /// <summary>Tokens that come from a text are as many as it has.</summary>
    private string PerImage(Dim tokens) => plan.Texts.Contains(tokens.ToString()) ? $"as many as the text {tokens} has" : $"{tokens} for each image{Formula(tokens)}";

    /// <summary>The numbers of what a polynomial depends on, beside the prompt and its images.</summary>
    private string Sizes(Dim size)
    {
        List<string> sizes = [.. size.Symbols.Contains("frames") ? new[] { Count(point.Frames, "frame") } : [], .. plan.Texts.Where(size.Symbols.Contains).Select(t => Count(_sizes[t], $"{t} token"))];
        return sizes.Count > 0 ? $"at {string.Join(" and ", sizes)}" : "";
    }

    private string TextsOf(Dim size) => Sizes(size) is { Length: > 0 } sizes ? " " + sizes : "";

    /// <summary>The formula behind a number, where it says more than the number.</summary>
    private static string Formula(Dim size) => size.Formula == size.ToString() ? "" : $" = {size.Formula}";

    private string Images => Count(point.Images, "image");

    private static string Count(long count, string noun) => $"{Units.Exact(count)} {noun}{(count == 1 ? "" : "s")}";

    private long? At(Dim size)
    {
        try
        {
            return size.Evaluate(_sizes);
        }
        catch (Exception e) when (e is OverflowException or KeyNotFoundException)
        {
            return null;
        }
    }

    private long? Peak(string entry)
    {
        try
        {
            return plan.PeakElements(entry, new Dictionary<string, long>(_sizes) { ["text"] = _sizes["past"] });
        }
        catch (Exception e) when (e is OverflowException or KeyNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Long numbers get groups of three digits.</summary>
    private void Line(string text) => _text.Append(LongNumber().Replace(text, m => Units.Exact(long.Parse(m.Value, CultureInfo.InvariantCulture)))).Append('\n');

    [GeneratedRegex(@"(?<![\w.,])\d{5,18}(?![\w.])")]
    private static partial Regex LongNumber();
}
