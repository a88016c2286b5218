using Mllm.Compiler.Ir;
using Mllm.Compiler.Ir.Ops;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Passes;

/// <summary>Which nodes of a function over a batch treat each sample by itself, so that its results may be cut apart along their first axis and joined in another order.</summary>
internal static class SampleWise
{
    /// <summary>Whether a value has one element for each sample.</summary>
    public static bool Leads(Value value, Dim samples) => value.Type.Rank > 0 && value.Type.Shape[0] == samples;

    /// <summary>Whether a node does. It errs on the side of no: of primitives, only those that work elementwise or along another axis count.</summary>
    /// <param name="isSample">Whether an operand has an element for each sample; the others are the same for all.</param>
    public static bool Is(Node node, Func<string, Function> function, Func<Value, bool> isSample, Dim samples)
    {
        if (!node.Results.All(r => Leads(r, samples)))
            return false;
        switch (node)
        {
            case CallNode { Lift: > 0 } call:
                var callee = function(call.Callee);
                return call.Operands.Zip(callee.Inputs).All(p => isSample(p.First!) == (p.First!.Type.Rank == p.Second.Type.Rank + call.Lift));
            case OpNode { Op: Activation or DetachOp } op:
                return op.Operands.All(o => o is null || isSample(o));
            case OpNode { Op: LinearOp or LayerNormOp or RmsNormOp } op:
                return op.Results[0].Type.Rank > 1 && isSample(op.Operands[0]!);
            case OpNode { Op: AxisMap } op:
                return isSample(op.Operands[0]!) && (op.Attributes.Int("axis") is > 0 and var axis || (axis = op.Attributes.Int("axis")) < 0 && axis + op.Results[0].Type.Rank > 0);
            case OpNode { Op: BinaryOp } op:
                var rank = op.Results[0].Type.Rank;
                return op.Operands.All(o => o is null || (isSample(o) ? o.Type.Rank == rank : o.Type.Rank < rank));
            default:
                return false;
        }
    }
}
