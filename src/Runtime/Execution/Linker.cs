using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Ir.Ops;
using Mllm.Compiler.Types;
using Mllm.Runtime.Kernels;
using Mllm.Runtime.Model;

namespace Mllm.Runtime.Execution;

/// <summary>
/// Turns an entry function into a flat program: calls are inlined, paths joined, symbolic sizes rewritten in the entry's, kernels bound. Which values
/// have the axis of rows, and which depend on parameters alone, follows from the flow: a value has rows when an operand has.
/// </summary>
internal sealed partial class Linker
{
    /// <summary>The runtime size of an entry that counts text positions; attention over it masks padding.</summary>
    private const string TextSize = "text";

    private readonly CompiledModel _model;
    private readonly bool _observed, _padded;
    private readonly ImmutableArray<ILinearKernel> _linearKernels;
    private readonly ImmutableArray<int> _shared;
    private readonly SizeTable _sizes;
    private readonly Function _entry;
    private readonly List<Register> _registers = [];
    private readonly List<Instruction> _instructions = [];
    private readonly Dictionary<string, int> _cached = new(StringComparer.Ordinal);
    private Site? _site;

    private Linker(CompiledModel model, EntryPoint entry, bool observed, bool padded, ImmutableArray<int> shared, ImmutableArray<ILinearKernel> linearKernels)
    {
        (_model, _observed, _padded, _shared, _linearKernels) = (model, observed, padded, shared, linearKernels);
        _entry = model.Graph.Function(entry.Function);
        _sizes = new SizeTable(entry.Name, [.. _entry.Inputs.Select(i => (i.Name, i.Type))]);
    }

    /// <summary>Links an entry.</summary>
    /// <param name="padded">Whether texts of its rows may have different lengths.</param>
    /// <param name="shared">The inputs that are the same for all rows, and have no axis of them.</param>
    /// <param name="observed">Whether the results of calls and of operations with parameters are shown to the context's observer.</param>
    /// <exception cref="InvalidOperationException">The graph is wrong; the message says where.</exception>
    public static LinkedProgram Link(CompiledModel model, EntryPoint entry, bool observed, bool padded, ImmutableArray<int> shared, ImmutableArray<ILinearKernel> linearKernels) =>
        new Linker(model, entry, observed, padded, shared, linearKernels).Link(entry.Name);

    private LinkedProgram Link(string name)
    {
        var inputs = _entry.Inputs.Select((input, i) => Add(new Register(input.Type, _shared.Contains(i) ? null : SizeTable.Rows, null))).ToArray();
        var frame = new Frame("", ImmutableDictionary<string, Dim>.Empty, SizeTable.Rows);
        if (_padded)
            FollowInputs(inputs);
        var results = Inline(_entry, frame, inputs);
        var masks = results.Select(r => _ragged.TryGetValue(r, out var ragged) ? ragged.Mask : -1).ToArray();
        for (var i = 0; i < results.Length; i++)
            results[i] = AsResult(_entry.Results[i], results[i]);
        Observe("", _entry.Name, results);
        return new LinkedProgram(_model, name, _entry, _sizes, _registers, _instructions, [.. results, .. masks.Where(m => m >= 0)])
        {
            Masks = [.. Enumerable.Range(0, masks.Length).Where(i => masks[i] >= 0)],
        };
    }

    private int[] Inline(Function function, Frame frame, int[] arguments)
    {
        var registers = new Dictionary<int, int>();
        foreach (var (input, argument) in function.Inputs.Zip(arguments))
            registers[input.Id] = argument;
        foreach (var node in function.Nodes)
        {
            var operands = node.Operands.Select(o => o is null ? -1 : registers[o.Id]).ToArray();
            var results = node switch
            {
                OpNode op => [Bind(op, frame, operands)],
                CallNode call => Call(call, frame, operands),
                _ => throw new InvalidOperationException($"unknown node {node.GetType().Name}"),
            };
            foreach (var (result, register) in node.Results.Zip(results))
                registers[result.Id] = register;
        }
        return [.. function.Results.Select(r => registers[r.Id])];
    }

    private int Bind(OpNode node, Frame frame, int[] operands)
    {
        if (!KernelRegistry.All.TryGetValue(node.Op.Name, out var kernel))
            throw new InvalidOperationException($"the primitive `{node.Op.Name}` has no kernel");
        if (node.Results.Length != 1)
            throw new InvalidOperationException($"`{node.Op.Name}` has {node.Results.Length} results, expected one");
        var path = Join(frame.Path, node.Path);
        var attributes = Rewrite(node.Attributes, frame);
        var parameters = node.Op.Parameters(attributes);
        var attention = node.Cached ? CacheName(path) : null;
        var real = RealKeys(node, operands);
        if (real >= 0)
            operands = [.. operands, .. Enumerable.Repeat(-1, AttentionOp.PrefixV + 1 - operands.Length), real];
        var counted = Counted(node, attributes, operands);
        var masks = counted.Where(m => m >= 0).ToImmutableArray();
        var (count, places) = (operands.Length, counted.Select((m, i) => m < 0 ? -1 : counted.Take(i).Count(b => b >= 0)));
        operands = [.. operands, .. masks];
        var batched = operands.Select(o => o >= 0 && _registers[o].IsBatched).ToImmutableArray();
        var type = node.Results[0].Type.Substitute(frame.Names);
        var site = new KernelSite(
            node.Function, attributes, [.. operands.Select(o => o < 0 ? null : _registers[o].Type)], batched, type, [.. parameters.Select(p => p.Name)], _sizes.Refer)
        {
            IsCached = node.Cached,
            Masks = [.. places.Select(place => place < 0 ? -1 : count + place)],
            RealKeys = real < 0 ? -1 : operands.Length - 1,
            SeesText = node.Op is AttentionOp && _registers[operands[AttentionOp.K]].Type.Shape[0].Symbols.Contains(TextSize),
            LinearKernels = _linearKernels,
        };
        var rows = batched.Contains(true) ? frame.Rows : (Dim?)null;
        string[] paths = [.. parameters.Select(p => Join(path, p.Name))];
        var result = Emit(node.Op.Name, path, kernel.Bind(site), operands, type, rows, !node.Op.IsRandom && attributes.Entries.All(e => IsKnown(e.Value))
            ? $"{node.Op.Name}.{node.Function}({attributes})[{string.Join(",", paths)}]" : null, paths, attention, node.Op.IsRandom);
        if (_ragged.Count > 0)
            Follow(node, attributes, operands, result);
        if (node.Op.IsModule)
            Observe(path, node.Op.Name, [result]);
        return result;
    }

    private int[] Call(CallNode node, Frame frame, int[] operands)
    {
        var callee = _model.Graph.Function(node.Callee);
        var path = Join(frame.Path, node.Path);
        var lift = Lift.Of(node, callee, operands.Select(o => o < 0 ? null : _registers[o]).ToImmutableArray(), frame.Rows);
        var arguments = operands.Select((o, i) => o < 0 ? o : Enter(lift, o, callee.Inputs[i].Type.Rank, path)).ToArray();
        Observe(path, callee.Name, arguments is [>= 0, ..] ? [arguments[0]] : [], isOperand: true);
        var outer = _site;
        _site ??= IsLayer(node.Path) ? new Site(path) : null;
        var results = Inline(callee, new Frame(path, Sizes(callee, arguments), lift.Rows), arguments);
        _site = outer;
        for (var i = 0; i < results.Length; i++)
            results[i] = Leave(lift, results[i], path, operands);
        Observe(path, callee.Name, results);
        return results;
    }

    /// <summary>Whether a path leads to an element of a list.</summary>
    private static bool IsLayer(string path) => path.Length > 0 && char.IsAsciiDigit(path[^1]) && int.TryParse(path.AsSpan(path.LastIndexOf('.') + 1), out _);

    /// <summary>The callee's symbolic sizes in the entry's.</summary>
    private IReadOnlyDictionary<string, Dim> Sizes(Function callee, int[] arguments)
    {
        var given = callee.Inputs.Zip(arguments).Where(p => p.Second >= 0).ToList();
        var unified = Unifier.Unify([.. given.Select(p => p.First.Type)], [.. given.Select(p => _registers[p.Second].Type)]);
        return unified.Succeeded ? unified.Sizes : throw new InvalidOperationException($"function '{callee.Name}' is called with other sizes than it takes: {unified.Failures[0].Message}");
    }

    /// <summary>The operand as the callee of a lifted call takes it: leading axes joined with the rows.</summary>
    private int Enter(Lift lift, int operand, int rank, string path)
    {
        var register = _registers[operand];
        if (lift.Axes.IsEmpty || (register.Type.Rank == rank && !register.IsBatched))
            return operand;
        var isLifted = register.Type.Rank == rank + lift.Axes.Length;
        var type = isLifted ? register.Type.WithShape(register.Type.Shape[lift.Axes.Length..]) : register.Type;
        var entered = Emit("lift", path, lift.Entering(register, isLifted, _sizes.Refer), [operand], type, lift.Rows, $"lift{lift.Axes.Length}");
        FollowInto(lift, operand, entered, path);
        return entered;
    }

    /// <summary>A callee's result as the caller takes it: the leading axes are its own again.</summary>
    private int Leave(Lift lift, int result, string path, params int[] operands)
    {
        if (lift.Axes.IsEmpty)
            return result;
        var register = _registers[result];
        var type = register.Type.WithShape([.. lift.Axes, .. register.Type.Shape]);
        var left = Emit("unlift", path, lift.Leaving(register, type, _sizes.Refer), [result], type, register.IsBatched ? lift.Outside : null,
            $"unlift[{string.Join(",", lift.Axes)}]");
        FollowOut(lift, result, left, operands, path);
        return left;
    }

    /// <summary>An entry's result has rows unless its binding time says that it is constant.</summary>
    private int AsResult(Value value, int register)
    {
        var (type, rows, _) = _registers[register];
        if (value.Time == BindingTime.Constant && rows is not null)
            throw new InvalidOperationException($"result {value} `{value.Name}` of function '{_entry.Name}' is constant by its binding time, but depends on an input");
        if (value.Time == BindingTime.Constant || rows is not null)
            return register;
        var shape = type.Shape.Prepend(SizeTable.Rows).Select(_sizes.Refer).ToArray();
        return Emit("expand", "", c => c[0].expand(Array.ConvertAll(shape, c.Size)), [register], type, SizeTable.Rows, null);
    }

    /// <summary>Adds an instruction.</summary>
    /// <param name="constant">What it computes, apart from its operands, if no run changes that; the result is a constant when its operands and its sizes are too.</param>
    private int Emit(string op, string path, BoundKernel kernel, int[] operands, TensorType type, Dim? rows, string? constant, string[]? parameters = null, string? attention = null, bool isRandom = false)
    {
        if (rows is { Value: null } || type.Shape.Any(d => d.Value is null))
            constant = null;
        foreach (var operand in operands)
            constant = operand < 0 ? constant : constant is null || _registers[operand].Constant is not { } inner ? null : $"{constant} {inner}";
        if (constant?.Length > 256)
            constant = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(constant)));
        var result = Add(new Register(type, rows, constant));
        _instructions.Add(new Instruction
        {
            Op = op, Path = path, Kernel = kernel, Operands = operands, Result = result, Type = type, Constant = constant,
            Shape = [.. (rows is { } r ? type.Shape.Prepend(r) : type.Shape).Select(_sizes.Refer)],
            ParameterPaths = parameters ?? [], Attention = attention, Site = _site, IsRandom = isRandom,
        });
        return result;
    }

    private void Observe(string path, string function, int[] results, bool isOperand = false)
    {
        if (_observed)
            _instructions.Add(new Instruction { Op = "observe", Path = path, Operands = results, Observed = function, ObservesOperand = isOperand });
    }

    private int Add(Register register)
    {
        _registers.Add(register);
        return _registers.Count - 1;
    }

    /// <summary>An attention's name in the cache: its path, and which one of that path it is. Programs on the same instances agree about it.</summary>
    private string CacheName(string path)
    {
        var index = _cached[path] = _cached.GetValueOrDefault(path, -1) + 1;
        return $"{path}#{index}";
    }

    private static Attributes Rewrite(Attributes attributes, Frame frame)
    {
        return frame.Names.Count == 0 || attributes.Entries.All(e => IsKnown(e.Value)) ? attributes
            : new([.. attributes.Entries.Select(e => KeyValuePair.Create(e.Key, Rewritten(e.Value)))]);

        Constant Rewritten(Constant constant) => constant switch
        {
            IntConstant i => new IntConstant(i.Size.Substitute(frame.Names)),
            ListConstant l => new ListConstant([.. l.Elements.Select(Rewritten)]),
            _ => constant,
        };
    }

    /// <summary>Whether every run gives the same sizes.</summary>
    private static bool IsKnown(Constant constant) => constant switch
    {
        IntConstant i => i.Size.Value is not null,
        ListConstant l => l.Elements.All(IsKnown),
        _ => true,
    };

    private static string Join(string path, string name) => path.Length == 0 ? name : name.Length == 0 ? path : $"{path}.{name}";

    /// <summary>Where a function is inlined: its instance, its sizes in the entry's terms, and the rows of its batched values.</summary>
    private sealed record Frame(string Path, IReadOnlyDictionary<string, Dim> Names, Dim Rows);
}
