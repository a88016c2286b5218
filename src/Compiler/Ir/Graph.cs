using System.Collections.Immutable;
using Mllm.Compiler.Text;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir;

/// <summary>What a value depends on: parameters alone, the images, or the tokens.</summary>
public enum BindingTime { Constant, Image, Text }

/// <summary>A compiled model: typed functions that call each other, the functions the runtime enters at, and every parameter.</summary>
public sealed record Graph(string Name, ImmutableArray<Function> Functions, ImmutableArray<EntryPoint> Entries, ImmutableArray<Parameter> Parameters)
{
    public Function Function(string name) => Functions.First(f => f.Name == name);

    public EntryPoint? Entry(string name) => Entries.FirstOrDefault(e => e.Name == name);
}

/// <summary>A function that the runtime calls, by its role (<c>encode</c>, <c>prefill</c>, <c>step</c>, <c>head</c>, ...).</summary>
public sealed record EntryPoint(string Name, string Function);

/// <summary>One tensor of the state dict.</summary>
/// <param name="Path">Its full path, unique in the graph.</param>
/// <param name="Component">The encoder, bridge or decoder (or woven block's owner) that it belongs to.</param>
public sealed record Parameter(string Path, ImmutableArray<Dim> Shape, Initializer Initializer, string Component, Span Declared)
{
    public Dim Count => Shape.Aggregate(Dim.One, (a, b) => a * b);
}

/// <summary>A function over per-sample tensors; nodes are in an order in which operands come first.</summary>
public sealed record Function(string Name, ImmutableArray<Value> Inputs, ImmutableArray<Node> Nodes, ImmutableArray<Value> Results)
{
    public override string ToString() => Name;
}

/// <summary>One value of a function, identified by <c>Id</c> within it.</summary>
public sealed record Value(int Id, string Name, TensorType Type, BindingTime Time = BindingTime.Text)
{
    public bool Equals(Value? other) => other is not null && Id == other.Id;

    public override int GetHashCode() => Id;

    public override string ToString() => $"%{Id}";
}

/// <summary>One operation or call of a function.</summary>
/// <param name="Path">The path of the instance whose parameters it uses, relative to the instance that the function runs on; empty for none or the same.</param>
public abstract record Node(ImmutableArray<Value> Results, ImmutableArray<Value?> Operands, string Path, Span Span);

/// <summary>A primitive applied to values.</summary>
/// <param name="Cached">Whether it is a self-attention whose keys and values are kept between decoding steps.</param>
public sealed record OpNode(Op Op, string Function, Attributes Attributes, ImmutableArray<Value> Results, ImmutableArray<Value?> Operands, string Path, Span Span, bool Cached = false)
    : Node(Results, Operands, Path, Span);

/// <summary>A call of another function on the instance at <c>Path</c>.</summary>
/// <param name="Lift">
/// How many leading axes of its operands the callee does not see: it is applied to each element of them. An operand that lacks them is the same for all.
/// </param>
public sealed record CallNode(string Callee, int Lift, ImmutableArray<Value> Results, ImmutableArray<Value?> Operands, string Path, Span Span)
    : Node(Results, Operands, Path, Span)
{
    /// <summary>The operands' types as the callee sees them.</summary>
    public ImmutableArray<TensorType> SeenBy(Function callee) => Seen(callee, [.. Operands.Select(o => o!.Type)], Lift);

    /// <summary>The axes that the callee does not see.</summary>
    public ImmutableArray<Dim> HiddenFrom(Function callee) => Hidden(callee, [.. Operands.Select(o => o!.Type)], Lift);

    public static ImmutableArray<TensorType> Seen(Function callee, ImmutableArray<TensorType> operands, int lift) =>
        lift == 0 ? operands : [.. operands.Select((o, i) => IsLifted(callee, i, o, lift) ? o.WithShape(o.Shape[lift..]) : o)];

    public static ImmutableArray<Dim> Hidden(Function callee, ImmutableArray<TensorType> operands, int lift) =>
        lift == 0 ? [] : operands.Where((o, i) => IsLifted(callee, i, o, lift)).Select(o => o.Shape[..lift]).FirstOrDefault([]);

    private static bool IsLifted(Function callee, int operand, TensorType type, int lift) => type.Rank == callee.Inputs[operand].Type.Rank + lift;
}
