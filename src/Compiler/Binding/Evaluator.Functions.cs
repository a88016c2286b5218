using System.Collections.Immutable;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Binding;

internal sealed partial class Evaluator
{
    private BoundValue Apply(Instance instance, string function, IReadOnlyList<Operand> operands, Span calleeSpan, Span span)
    {
        if (body is null)
        {
            context.Report(ShapeErrors.TensorOutsideFunction(instance.BlockName, calleeSpan));
            return ErrorValue.Instance;
        }
        if (instance is OpInstance op)
            return ApplyInstanceOp(op, function, operands, calleeSpan, span);
        var block = (BlockInstance)instance;
        if (!block.Functions.TryGetValue(function, out var syntax))
        {
            context.Report(NameErrors.NoFunction(block.BlockName, function, block.Functions.Keys, calleeSpan, block.Block.Name.Span));
            return ErrorValue.Instance;
        }
        return CallFunction(lowerer.Function(block, function, calleeSpan), body.RelativePath(block.Path), block, syntax, operands, calleeSpan, span);
    }

    private BoundValue CallFunction(Function? callee, string path, BlockInstance? instance, FunctionSyntax syntax, IReadOnlyList<Operand> operands, Span calleeSpan, Span span)
    {
        var name = instance is null ? syntax.Name.Text : syntax.Name.Text == "forward" ? instance.BlockName : $"{instance.BlockName}.{syntax.Name}";
        if (body is null)
        {
            context.Report(ShapeErrors.TensorOutsideFunction(name, calleeSpan));
            return ErrorValue.Instance;
        }
        if (operands.Any(o => o.Value.IsError) || Place(name, syntax, operands, span) is not { } placed)
            return ErrorValue.Instance;
        var values = ImmutableArray.CreateBuilder<Value>();
        for (var i = 0; i < placed.Length; i++)
            if (placed[i].Value is TensorValue t)
                values.Add(t.Value);
            else
                context.Report(ShapeErrors.NotATensor(name, syntax.Parameters[i].Name.Text, placed[i].Value.Describe, placed[i].Span,
                    placed[i].Value is TextValue or BatchValue && Inputs is null ? "a function sees the parts of its model; texts and values of a batch are given to it as operands" : null));
        if (callee is null || values.Count != placed.Length)
            return ErrorValue.Instance;
        var lift = IsOverBatch && values.Where((v, i) => v.Type.Rank == callee.Inputs[i].Type.Rank + 1).Any() ? 1 : 0;
        return Wrap(body.Call(callee, values.ToImmutable(), path, span, (i, expected, detail) =>
            ShapeErrors.ArgumentMismatch(name, syntax.Parameters[i].Name.Text, expected, values[i].Type.ToString(), detail, placed[i].Span, syntax.Parameters[i].Type.Span), lift));
    }

    /// <summary>The operand of each parameter, or null after an error.</summary>
    private Operand[]? Place(string name, FunctionSyntax syntax, IReadOnlyList<Operand> operands, Span span)
    {
        var placed = new Operand?[syntax.Parameters.Length];
        var (position, good) = (0, true);
        foreach (var operand in operands)
        {
            var index = operand.Name is { } given ? syntax.Parameters.Select(p => p.Name.Text).ToList().IndexOf(given.Text) : position++;
            if (index < 0)
                context.Report(HyperparameterErrors.UnknownArgument(name, operand.Name!, [.. syntax.Parameters.Select(p => p.Name.Text)], syntax.Name.Span));
            else if (index < placed.Length && placed[index] is { } earlier)
                context.Report(HyperparameterErrors.RepeatedArgument(syntax.Parameters[index].Name.Text, operand.Span, earlier.Span));
            else if (index < placed.Length)
            {
                placed[index] = operand;
                continue;
            }
            good &= index >= placed.Length;
        }
        if (!good)
            return null;
        if (operands.Count == placed.Length && placed.All(p => p is not null))
            return placed!;
        var expected = syntax.Parameters.IsEmpty ? "nothing" : Diagnostics.Words.List([.. syntax.Parameters.Select(p => p.Name.Text)]);
        context.Report(ShapeErrors.OperandCount(name, expected, operands.Count, span, syntax.Name.Span));
        return null;
    }
}
