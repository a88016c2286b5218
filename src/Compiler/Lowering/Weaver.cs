using System.Collections.Immutable;
using Mllm.Compiler.Binding;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Model;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Lowering;

/// <summary>An input that weaving added to a function: an injection's media or the mask over them.</summary>
internal sealed record ExtraInput(int Injection, bool IsMask);

/// <summary>A function with the inputs that weaving added, after its own.</summary>
internal sealed record WovenFunction(Function Function, ImmutableArray<ExtraInput> Extras);

/// <summary>
/// Puts woven blocks at their join points: every function on the way from the decoder's <c>forward</c> to a join is copied with the media and masks as further inputs.
/// Layers with the same joins share one copy.
/// </summary>
internal sealed class Weaver(Lowerer functions, IReadOnlyList<WovenBlock> blocks, IReadOnlyList<Injection> injections)
{
    private readonly Dictionary<string, WovenFunction> _done = new(StringComparer.Ordinal);

    public WovenFunction Weave(Function function, string owner)
    {
        var below = blocks.Where(b => b.Target != owner && StatePath.IsWithin(owner, b.Target)).ToList();
        if (below.Count == 0)
            return new WovenFunction(function, []);
        var key = $"{function.Name}|{string.Join(";", below.Select(b => $"{StatePath.Relative(owner, b.Target)},{b.Before},{b.Injection},{StatePath.Relative(owner, b.Block.Path)},{b.Block.Template.SettingKey}"))}";
        if (!_done.TryGetValue(key, out var woven))
        {
            woven = new Copy(this, function, owner, below).Run();
            functions.Functions.Add(woven.Function);
            _done.Add(key, woven);
        }
        return woven;
    }

    private Function Body(BlockInstance block) => functions.Function(block, "forward", new CompileContext(new Diagnostics.DiagnosticBag()))
        ?? throw new InvalidOperationException($"'{block.BlockName}' was checked before it was woven");

    private string Unique(string title) => functions.Unique(title);

    private Function Callee(string name) => functions.Functions.First(f => f.Name == name);

    /// <summary>One function's copy in the making.</summary>
    private sealed class Copy(Weaver weaver, Function function, string owner, List<WovenBlock> blocks)
    {
        private readonly Dictionary<int, Value> _moved = [];
        private readonly List<(ExtraInput Extra, Value Value)> _extras = [];
        private readonly List<Node> _nodes = [];
        private readonly Dictionary<int, List<WovenBlock>> _afterSum = [];
        private int _next = function.Inputs.Concat(function.Nodes.SelectMany(n => n.Results)).Max(v => v.Id) + 1;

        public WovenFunction Run()
        {
            foreach (var node in function.Nodes)
                Add(node);
            var extras = _extras.OrderBy(e => e.Extra.Injection).ThenBy(e => e.Extra.IsMask).ToList();
            var name = weaver.Unique($"{function.Name.Split('#')[0]}+woven");
            return new WovenFunction(new Function(name, [.. function.Inputs, .. extras.Select(e => e.Value)], [.. _nodes], [.. function.Results.Select(r => Moved(r)!)]), [.. extras.Select(e => e.Extra)]);
        }

        private void Add(Node node)
        {
            var path = StatePath.Join(owner, node.Path);
            var operands = node.Operands.Select(Moved).ToImmutableArray();
            var here = node.Path.Length == 0 ? [] : blocks.Where(b => b.Target == path).ToList();
            foreach (var block in here.Where(b => b.Before))
                operands = operands.SetItem(0, Insert(block, operands[0]!));
            if (node is CallNode call)
            {
                var callee = weaver.Callee(call.Callee);
                var woven = weaver.Weave(callee, path);
                var extras = woven.Extras.Select((e, i) => (Value?)Extra(e, woven.Function.Inputs[callee.Inputs.Length + i].Type, callee, operands));
                _nodes.Add(call with { Callee = woven.Function.Name, Operands = [.. operands, .. extras] });
            }
            else
                _nodes.Add(node with { Operands = operands });
            After(node, here.Where(b => !b.Before).ToList());
        }

        /// <summary>An "after" join stands after the residual sum that a member's result enters, or right after the call where there is none.</summary>
        private void After(Node node, List<WovenBlock> after)
        {
            if (_afterSum.Remove(node.Results[0].Id, out var waiting))
                after = [.. waiting, .. after];
            if (after.Count == 0)
                return;
            var users = function.Nodes.Where(n => n.Operands.Any(o => o?.Id == node.Results[0].Id)).ToList();
            if (waiting is null && users is [OpNode { Op.Name: "add" } sum] && sum.Operands.Length == 2 && sum.Operands.All(o => o is not null) && !function.Results.Contains(node.Results[0]))
            {
                _afterSum[sum.Results[0].Id] = after;
                return;
            }
            foreach (var block in after)
                _moved[node.Results[0].Id] = Insert(block, Moved(node.Results[0])!);
        }

        private Value Insert(WovenBlock block, Value hidden)
        {
            var body = weaver.Body(block.Block);
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
            var unifier = new SizeUnifier();
            for (var i = 0; i < callee.Inputs.Length; i++)
                unifier.Match(callee.Inputs[i].Type, operands[i]!.Type);
            var rows = unifier.Resolve(TensorType.Bool(inCallee.Shape[0]))!.Shape[0];
            return Extra(extra, inCallee.WithShape([rows, inCallee.Shape[1]]));
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

    /// <summary>The injection that is being prepared may not be in the list yet; its woven blocks are.</summary>
    private Injection Injection(int index) => injections.First(i => i.Index == index);
}
