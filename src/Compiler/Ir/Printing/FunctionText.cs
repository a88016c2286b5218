using System.Collections.Immutable;
using System.Text;

namespace Mllm.Compiler.Ir.Printing;

/// <summary>One function as text: a line for each step, with operands, path and types in columns.</summary>
internal sealed class FunctionText
{
    private readonly Function _function;
    private readonly Outline _outline;
    private readonly BindingTime? _time;
    private readonly List<(string Code, string Path, string Type)> _lines = [];

    private FunctionText(Function function)
    {
        _function = function;
        _outline = new Outline(function);
        _time = TimeOf(function);
    }

    /// <summary>The time of a function's values, or null when some are of image and some of text time; constants go with either.</summary>
    public static BindingTime? TimeOf(Function function)
    {
        var times = function.Inputs.Concat(function.Nodes.SelectMany(n => n.Results)).Select(v => v.Time).Where(t => t != BindingTime.Constant).Distinct().ToList();
        return times.Count switch { 0 => BindingTime.Constant, 1 => times[0], _ => null };
    }

    public static string Print(Function function)
    {
        var text = new FunctionText(function);
        foreach (var step in text._outline.Steps)
            text.Write(step, []);
        return text.Assemble();
    }

    private string Assemble()
    {
        var time = _time?.ToString().ToLowerInvariant() ?? "mixed";
        var inputs = IndexedText.Join([.. _function.Inputs.Select(v => (_outline.Name(v), $": {Describe(v)}"))]);
        var text = new StringBuilder($"fn {_function.Name}({inputs}) -> {Results()}   time={time}\n");
        var (code, path) = (Column(_lines.Select(l => l.Code)), Column(_lines.Where(l => l.Path.Length > 0).Select(l => l.Path)));
        foreach (var line in _lines)
            text.Append(line.Type.Length == 0 ? $"  {line.Code}\n" : $"  {line.Code.PadRight(code)}  {line.Path.PadRight(path)}{(path > 0 ? "  " : "")}: {line.Type}\n");
        return text.Append($"  return {IndexedText.Join([.. _function.Results.Select(v => (_outline.Name(v), ""))])}".TrimEnd()).Append('\n').ToString();
    }

    private string Results() => _function.Results.Length == 1 ? _function.Results[0].Type.ToString() : $"({Types([.. _function.Results.Select(r => r.Type.ToString())])})";

    private static string Types(ImmutableArray<string> types) => types.Length > 2 && types.Distinct().Count() == 1 ? $"{types.Length} × {types[0]}" : string.Join(", ", types);

    private void Write(Step step, ImmutableArray<RepeatStep> enclosing)
    {
        var indent = new string(' ', 2 * enclosing.Count(e => e.Period > 1));
        if (step is RepeatStep { Period: > 1 } block)
        {
            var letter = Letter(enclosing.Add(block), block);
            _lines.Add(($"{indent}for {letter} in 0..{block.Count - 1}:", "", ""));
            foreach (var inner in block.Body)
                Write(inner, enclosing.Add(block));
            return;
        }
        if (step is RepeatStep chain)
            enclosing = enclosing.Add(chain);
        var node = _function.Nodes[step.First];
        var results = IndexedText.Join([.. node.Results.Select((_, r) => (Indexed(step.First, enclosing, n => _outline.Name(n.Results[r])), ""))]);
        var path = Indexed(step.First, enclosing, n => n.Path);
        _lines.Add(($"{indent}{results} = {Work(node)}{Operands(step.First, node, enclosing)}{Settings(node)}",
            path.Length == 0 ? "" : $"@{path}", Types([.. node.Results.Select(Describe)])));
    }

    private static string Work(Node node) => node switch
    {
        OpNode { Function: "forward" } op => op.Op.Name,
        OpNode op => $"{op.Op.Name}.{op.Function}",
        CallNode { Lift: 0 } call => $"call {call.Callee}",
        CallNode call => $"call {call.Callee} lift {call.Lift}",
        _ => throw new InvalidOperationException($"{node.GetType()} has no text"),
    };

    private string Operands(int at, Node node, ImmutableArray<RepeatStep> enclosing)
    {
        var declared = node is OpNode op ? op.Op.Operands(op.Function) : [];
        var operands = node.Operands.Select((v, k) => v is null ? null
            : (k < declared.Length && declared[k].IsOptional && declared[0] != declared[k] && node.Operands.Take(k).Contains(null) ? $"{declared[k].Name}: " : "") + Operand(at, k, enclosing));
        var text = IndexedText.Join([.. operands.OfType<string>().Select(o => (o, ""))]);
        return text.Length == 0 ? "" : $" {text}";
    }

    /// <summary>An operand's name; in a chain, the name that later occurrences give it and, if it differs, the one it starts from: <c>%x := %h</c>.</summary>
    private string Operand(int at, int k, ImmutableArray<RepeatStep> enclosing)
    {
        var names = new List<string>();
        foreach (var repeat in enclosing.Reverse())
            if (_function.Nodes[at + repeat.Period].Operands[k] is { } next && Carried(repeat, next) is { } source)
                names.Add(_outline.Name(source));
        names.Add(Indexed(at, enclosing, n => n.Operands[k] is { } v ? _outline.Name(v) : ""));
        var distinct = names.Where((name, i) => i == 0 || names[i - 1] != name).ToList();
        return distinct.Count == 1 ? distinct[0] : $"({string.Join(" := ", distinct)})";
    }

    /// <summary>The value of the first occurrence that the second takes as the operand, if it takes one.</summary>
    private Value? Carried(RepeatStep repeat, Value operand) =>
        _function.Nodes.Skip(repeat.First).Take(repeat.Period).SelectMany(n => n.Results).FirstOrDefault(operand.Equals);

    private string Settings(Node node)
    {
        if (node is not OpNode op)
            return "";
        var shown = op.Attributes.Entries.Where(e => !e.Value.Equals(op.Op.Attributes.FirstOrDefault(a => a.Name == e.Key)?.Default)).Select(e => $"{e.Key} = {e.Value}").ToList();
        return (shown.Count == 0 ? "" : $" {{{string.Join(", ", shown)}}}") + (op.Cached ? " cached" : "");
    }

    private string Describe(Value value) => value.Time != (_time ?? BindingTime.Text) ? $"{value.Type} {value.Time.ToString().ToLowerInvariant()}" : value.Type.ToString();

    private string Indexed(int at, ImmutableArray<RepeatStep> enclosing, Func<Node, string> text) =>
        IndexedText.Render(text(_function.Nodes[at]), enclosing.Select(e => (text(_function.Nodes[at + e.Period]), Letter(enclosing, e), e.Period == 1 ? e.Count : (int?)null)));

    private static char Letter(ImmutableArray<RepeatStep> enclosing, RepeatStep repeat) => (char)('i' + enclosing.Take(enclosing.IndexOf(repeat)).Count(e => e.Period > 1));

    private static int Column(IEnumerable<string> texts)
    {
        const int widest = 72;
        return texts.Select(t => t.Length).Where(l => l <= widest).DefaultIfEmpty(0).Max();
    }
}
