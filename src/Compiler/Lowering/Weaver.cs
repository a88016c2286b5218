using System.Collections.Immutable;
using Mllm.Compiler.Binding;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Model;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Lowering;

/// <summary>An input that weaving added to a function: an injection's media or the mask over them.</summary>
internal sealed record ExtraInput(int Injection, bool IsMask);

/// <summary>A function with the inputs that weaving added, after its own.</summary>
/// <param name="Reached">Which of the blocks below the function's instance it runs, as positions in their list.</param>
internal sealed record WovenFunction(Function Function, ImmutableArray<ExtraInput> Extras, ImmutableArray<int> Reached);

/// <summary>
/// Puts woven blocks at their join points: every function on the way from the decoder's <c>forward</c> to a join is copied with the media and masks as further inputs.
/// Layers with the same joins share one copy.
/// </summary>
internal sealed class Weaver(CompileContext context, Lowerer lowerer, IReadOnlyList<WovenBlock> blocks, IReadOnlyList<Injection> injections)
{
    private readonly Dictionary<string, WovenFunction> _done = new(StringComparer.Ordinal);
    private readonly HashSet<WovenBlock> _reached = [];

    /// <summary>The decoder's <c>forward</c> with everything woven in; a join that it never comes to is reported.</summary>
    public WovenFunction Weave(Function forward, BoundPart decoder)
    {
        var woven = Weave(forward, decoder.Instance.Path);
        foreach (var lost in blocks.Where(b => !_reached.Contains(b)))
            context.Report(WiringErrors.JoinNeverRun(lost.Block.BlockName, lost.Target.Path, decoder.Name, lost.Selector, lost.Target.Declared));
        return woven;
    }

    private WovenFunction Weave(Function function, string owner)
    {
        var below = blocks.Where(b => b.Target.Path != owner && StatePath.IsWithin(owner, b.Target.Path)).ToList();
        if (below.Count == 0)
            return new WovenFunction(function, [], []);
        string JoinOf(WovenBlock b) =>
            $"{StatePath.Relative(owner, b.Target.Path)},{b.Before},{b.Injection},{StatePath.Relative(owner, b.Block.Path)},{b.Block.Template.SettingKey}";
        var key = $"{function.Name}|{string.Join(";", below.Select(JoinOf))}";
        if (!_done.TryGetValue(key, out var woven))
        {
            woven = new Copy(this, function, owner, below).Run();
            lowerer.Add(woven.Function);
            _done.Add(key, woven);
        }
        foreach (var i in woven.Reached)
            _reached.Add(below[i]);
        return woven;
    }

    /// <summary>One function's copy in the making.</summary>
    private sealed class Copy(Weaver weaver, Function function, string owner, List<WovenBlock> below)
    {
        private readonly Dictionary<int, Value> _moved = [];
        private readonly List<(ExtraInput Extra, Value Value)> _extras = [];
        private readonly List<Node> _nodes = [];
        private readonly Dictionary<int, List<WovenBlock>> _afterSum = [];
        private readonly HashSet<int> _reached = [];
        private readonly ILookup<string, WovenBlock> _here = below.ToLookup(b => b.Target.Path);
        private int _next = function.Inputs.Concat(function.Nodes.SelectMany(n => n.Results)).Select(v => v.Id).DefaultIfEmpty(-1).Max() + 1;

        public WovenFunction Run()
        {
            foreach (var node in function.Nodes)
                Add(node);
            var extras = _extras.OrderBy(e => e.Extra.Injection).ThenBy(e => e.Extra.IsMask).ToList();
            var name = weaver.Unique($"{function.Name.Split('#')[0]}+woven");
            var woven = new Function(name, [.. function.Inputs, .. extras.Select(e => e.Value)], [.. _nodes], [.. function.Results.Select(r => Moved(r)!)]);
            return new WovenFunction(woven, [.. extras.Select(e => e.Extra)], [.. _reached.Order()]);
        }

        private void Add(Node node)
        {
            var path = StatePath.Join(owner, node.Path);
            var operands = node.Operands.Select(Moved).ToImmutableArray();
            var here = node.Path.Length == 0 ? [] : _here[path].ToList();
            foreach (var block in here.Where(b => b.Before))
                operands = Before(block, operands);
            if (node is CallNode call)
            {
                var callee = weaver.Callee(call.Callee);
                var woven = weaver.Weave(callee, path);
                var nested = below.Select((b, i) => (Block: b, Index: i)).Where(b => b.Block.Target.Path != path && StatePath.IsWithin(path, b.Block.Target.Path)).ToList();
                foreach (var i in woven.Reached)
                    _reached.Add(nested[i].Index);
                var extras = woven.Extras.Select((e, i) => (Value?)Extra(e, woven.Function.Inputs[callee.Inputs.Length + i].Type, callee, operands));
                _nodes.Add(call with { Callee = woven.Function.Name, Operands = [.. operands, .. extras] });
            }
            else
                _nodes.Add(node with { Operands = operands });
            After(node, here.Where(b => !b.Before).ToList());
        }

        private ImmutableArray<Value?> Before(WovenBlock block, ImmutableArray<Value?> operands) =>
            operands is [{ } first, ..] && Insert(block, first) is { } inserted ? operands.SetItem(0, inserted) : operands;

        /// <summary>An "after" join stands after the residual sum that a member's result enters, or right after the call where there is none.</summary>
        private void After(Node node, List<WovenBlock> after)
        {
            if (_afterSum.Remove(node.Results[0].Id, out var waiting))
                after = [.. waiting, .. after];
            if (after.Count == 0)
                return;
            var users = function.Nodes.Where(n => n.Operands.Any(o => o?.Id == node.Results[0].Id)).ToList();
            if (waiting is null && users is [OpNode { Op.Name: "add", Operands: [not null, not null] } sum] && !function.Results.Contains(node.Results[0]))
            {
                _afterSum[sum.Results[0].Id] = after;
                return;
            }
            foreach (var block in after)
                if (Insert(block, Moved(node.Results[0])!) is { } inserted)
                    _moved[node.Results[0].Id] = inserted;
        }

        /// <summary>Runs a block on a value; null (and a diagnostic) where the value is no hidden state.</summary>
        private Value? Insert(WovenBlock block, Value hidden)
        {
            _reached.Add(below.IndexOf(block));
            var body = weaver.Body(block);
            if (!Unifier.Unify([body.Inputs[0].Type], [hidden.Type]).Succeeded)
            {
                weaver.Report(block, hidden.Type, body.Inputs[0]);
                return null;
            }
            var operands = new List<Value?> { hidden, Direct(new ExtraInput(block.Injection, false), hidden) };
            if (body.Inputs.Length == 3)
                operands.Add(Direct(new ExtraInput(block.Injection, true), hidden));
            var result = new Value(_next++, "", hidden.Type);
            _nodes.Add(new CallNode(body.Name, 0, [result], [.. operands], StatePath.Relative(owner, block.Block.Path), block.Span));
            return result;
        }

        private Value Direct(ExtraInput extra, Value hidden)
        {
            var injection = weaver.Injection(extra.Injection);
            var length = Dim.Symbol($"media{extra.Injection}");
            return Extra(extra, extra.IsMask ? TensorType.Bool(hidden.Type.Shape[0], length) : TensorType.Float(length, injection.Width));
        }

        private Value Extra(ExtraInput extra, TensorType inCallee, Function callee, ImmutableArray<Value?> operands)
        {
            if (!extra.IsMask)
                return Extra(extra, inCallee);
            var sizes = Unifier.Unify([.. callee.Inputs.Select(i => i.Type)], [.. operands.Select(o => o!.Type)]).Sizes;
            return Extra(extra, inCallee.WithShape([inCallee.Shape[0].Substitute(sizes), inCallee.Shape[1]]));
        }

        private Value Extra(ExtraInput extra, TensorType type)
        {
            if (_extras.FirstOrDefault(e => e.Extra == extra).Value is { } known)
                return known;
            var value = new Value(_next++, extra.IsMask ? $"see{extra.Injection}" : $"media{extra.Injection}", type);
            _extras.Add((extra, value));
            return value;
        }

        private Value? Moved(Value? value) => value is not null && _moved.TryGetValue(value.Id, out var moved) ? moved : value;
    }

    private void Report(WovenBlock block, TensorType found, Value input) =>
        context.Report(WiringErrors.WovenMismatch($"'{block.Block.BlockName}'", $"at {block.Target.Path} the value is {found}, `{input.Name}` is {input.Type}", block.Selector)
            .See(block.Target.Declared, "joined here"));

    private Function Body(WovenBlock block) =>
        lowerer.Function(block.Block, "forward", block.Span) ?? throw new InvalidOperationException($"'{block.Block.BlockName}' was checked before it was woven");

    private string Unique(string title) => lowerer.Unique(title);

    private Function Callee(string name) => lowerer.Named(name);

    private Injection Injection(int index) => injections.First(i => i.Index == index);
}
