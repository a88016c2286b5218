using System.Collections.Immutable;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Ir.Ops;
using Mllm.Compiler.Model;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Planning;

/// <summary>
/// Decides whether what adapters do can be said by other weights of the linear maps that they adapt. It can where the adapter's result is linear in the map's operand
/// and result taken together, row by row: then the adapted map is linear too, and its weights are what it makes of unit vectors.
/// </summary>
public static class Mergeability
{
    /// <summary>What stands in the way of merging a model's adapters, one finding for each setting of each adapter; empty where all can be merged.</summary>
    public static ImmutableArray<Diagnostic> Check(ModelProgram program) =>
        [.. program.Adapters.DistinctBy(a => (a.Graph, a.Op is LinearOp)).Select(Check).OfType<Diagnostic>()];

    private static Diagnostic? Check(Adapter adapter) => Problem(adapter) is var (problem, span) ? AdaptErrors.NotMergeable(adapter.Block, adapter.Target, problem, span, adapter.Declared) : null;

    private static (string Problem, Span Span)? Problem(Adapter adapter)
    {
        if (adapter.Op is not LinearOp)
            return ("only the weights of a `linear` can say what it does", adapter.Declared);
        var entry = adapter.Graph.Function(adapter.Graph.Entries[0].Function);
        if (entry.Inputs.FirstOrDefault(i => i.Type.Rank != 2) is { } input)
            return ($"it takes {input.Type}, not rows", adapter.Declared);
        var proof = new Proof(adapter.Graph);
        var isLinear = proof.Of(entry, [true, true]).All(l => l);
        return proof.Problem ?? (isLinear ? null : ("its result depends on neither the operand nor the result", adapter.Declared));
    }

    /// <summary>Follows which values are linear in the inputs; the others depend on parameters alone.</summary>
    private sealed class Proof(Graph graph)
    {
        /// <summary>What was found first that is not linear.</summary>
        public (string, Span)? Problem { get; private set; }

        /// <summary>For each result whether it is linear in the inputs that are said to be, with no constant beside it.</summary>
        public ImmutableArray<bool> Of(Function function, ImmutableArray<bool> inputs)
        {
            var linear = function.Inputs.Zip(inputs).Where(i => i.Second).Select(i => i.First.Id).ToHashSet();
            foreach (var node in function.Nodes)
            {
                ImmutableArray<bool> operands = [.. node.Operands.Select(o => o is not null && linear.Contains(o.Id))];
                if (!operands.Contains(true))
                    continue;
                if (node is CallNode call)
                    linear.UnionWith(call.Results.Zip(Of(graph.Function(call.Callee), operands)).Where(r => r.Second).Select(r => r.First.Id));
                else
                {
                    if (WhyNot((OpNode)node, operands) is { } problem)
                        Problem ??= (problem, node.Span);
                    linear.UnionWith(node.Results.Select(r => r.Id));
                }
            }
            return [.. function.Results.Select(r => linear.Contains(r.Id))];
        }

        /// <summary>Why a primitive of operands of which some are linear is not linear itself, or treats rows differently.</summary>
        private static string? WhyNot(OpNode node, ImmutableArray<bool> operands)
        {
            var number = node.Attributes.Has("number");
            // A table of parameters beside the rows would give each row its own.
            if (node.Operands.Zip(operands).Any(o => o is { First.Type.Rank: > 1, Second: false }))
                return "it does not treat all rows alike";
            return (node.Op, operands) switch
            {
                (LinearOp, _) when node.Attributes.Bool("bias") => "a `linear` in it has a bias",
                (LinearOp, _) or (AddOp or SubOp, [true, true]) => null,
                (AddOp or SubOp, _) => "it adds something that depends on neither the operand nor the result",
                (MulOp, _) when number => null,
                (MulOp, [true, false] or [false, true]) => null,
                (MulOp, _) => "it multiplies what depends on the input with itself",
                (DivOp, _) when number && !node.Attributes.Bool("reversed") => null,
                (DivOp, _) when number => "it divides by what depends on the input",
                (DivOp, [true, false]) => null,
                (DivOp, _) => "it divides by what depends on the input",
                _ => $"`{node.Op.Name}` is not linear",
            };
        }
    }
}
