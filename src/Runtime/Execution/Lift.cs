using System.Collections.Immutable;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Types;
using Mllm.Runtime.Kernels;
using static TorchSharp.torch;

namespace Mllm.Runtime.Execution;

/// <summary>The leading axes that a lifted call hides from its callee, by joining them with the rows.</summary>
/// <param name="Axes">The hidden axes; none for a plain call.</param>
/// <param name="Rows">The rows that the callee's batched values have.</param>
/// <param name="Outside">The rows of the caller's side; null when everything that is lifted is the same for all rows.</param>
internal sealed record Lift(ImmutableArray<Dim> Axes, Dim Rows, Dim? Outside)
{
    public static Lift Of(CallNode node, Function callee, ImmutableArray<Register?> operands, Dim rows)
    {
        if (node.Lift == 0)
            return new Lift([], rows, rows);
        var lifted = operands.Zip(callee.Inputs).FirstOrDefault(p => p.First is { } r && r.Type.Rank == p.Second.Type.Rank + node.Lift).First
            ?? throw new InvalidOperationException($"the call of '{callee.Name}' is lifted over {node.Lift} axes that no operand has");
        var axes = lifted.Type.Shape[..node.Lift];
        var inside = axes.Aggregate(Dim.One, (a, b) => a * b);
        return operands.Any(o => o is { IsBatched: true }) ? new Lift(axes, rows * inside, rows) : new Lift(axes, inside, null);
    }

    /// <summary>Joins the hidden axes of an operand with its rows; an operand that lacks either is repeated along it.</summary>
    public BoundKernel Entering(Register operand, bool isLifted, Func<Dim, SizeRef> refer)
    {
        var inner = isLifted ? operand.Type.Shape[Axes.Length..] : operand.Type.Shape;
        var joined = new[] { Rows }.Concat(inner).Select(refer).ToArray();
        if (operand.IsBatched == Outside is not null && isLifted)
            return c => c[0].reshape(Array.ConvertAll(joined, c.Size));
        var full = (Outside is { } rows ? new[] { rows } : []).Concat(Axes).Concat(inner).Select(refer).ToArray();
        return c =>
        {
            using var view = isLifted ? c[0].alias() : Spread(c[0]);
            using var whole = view.expand(Array.ConvertAll(full, c.Size));
            return whole.reshape(Array.ConvertAll(joined, c.Size));
        };

        Tensor Spread(Tensor x)
        {
            var shape = x.shape;
            return x.view([shape[0], .. Enumerable.Repeat(1L, Axes.Length), .. shape[1..]]);
        }
    }

    /// <summary>Gives a result of the callee its axes back.</summary>
    public BoundKernel Leaving(Register result, TensorType type, Func<Dim, SizeRef> refer)
    {
        var shape = (result.IsBatched && Outside is { } rows ? type.Shape.Prepend(rows) : type.Shape).Select(refer).ToArray();
        if (result.IsBatched)
            return c => c[0].reshape(Array.ConvertAll(shape, c.Size));
        return c => c[0].expand(Array.ConvertAll(shape, c.Size));
    }
}
