using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Binding;

internal sealed partial class Evaluator
{
    private BoundValue Index(IndexSyntax e, Scope scope)
    {
        switch (Input(Evaluate(e.Target, scope), e.Target.Span))
        {
            case ListValue list:
                return IndexList(list, e, scope);
            case TensorValue tensor:
                return IndexTensor(tensor, e, scope);
            case TupleValue tuple:
                return IndexList(new ListValue(tuple.Elements), e, scope);
            case ErrorValue:
                return ErrorValue.Instance;
            case var other:
                context.Report(HyperparameterErrors.BadOperand("[...]", other.Describe, e.Target.Span));
                return ErrorValue.Instance;
        }
    }

    private BoundValue IndexList(ListValue list, IndexSyntax e, Scope scope)
    {
        if (e.Indices.Length != 1)
        {
            context.Report(HyperparameterErrors.BadOperand("[...]", $"{list.Describe} with {e.Indices.Length} indices", e.Span));
            return ErrorValue.Instance;
        }
        switch (Evaluate(e.Indices[0], scope))
        {
            case ConstantValue { Constant: IntConstant { Size.Value: { } index } }:
                var at = index < 0 ? index + list.Elements.Length : index;
                if (at >= 0 && at < list.Elements.Length)
                    return list.Elements[(int)at];
                context.Report(HyperparameterErrors.OutOfRange("a list", index, list.Elements.Length, e.Indices[0].Span));
                return ErrorValue.Instance;
            case RangeValue range when (range.From ?? 0).Value is not null && (range.To ?? 0).Value is not null:
                var (from, to) = (FromEnd(range.From, list.Elements.Length) ?? 0, FromEnd(range.To, list.Elements.Length) ?? list.Elements.Length);
                if (from >= 0 && to <= list.Elements.Length && from <= to && context.Spend(e.Span, list.Elements.Length))
                    return new ListValue(list.Elements[(int)from..(int)to]);
                context.Report(HyperparameterErrors.OutOfRange("a list", from < 0 || from > to ? from : to, list.Elements.Length, e.Indices[0].Span));
                return ErrorValue.Instance;
            case ErrorValue:
                return ErrorValue.Instance;
            case var other:
                context.Report(NotKnown("int or range", other, e.Indices[0].Span));
                return ErrorValue.Instance;
        }
    }

    private static long? FromEnd(Dim? bound, long count) => bound?.Value is { } v ? (v < 0 ? v + count : v) : null;

    private BoundValue IndexTensor(TensorValue tensor, IndexSyntax e, Scope scope)
    {
        if (e.Indices.Length > tensor.Value.Type.Rank)
        {
            context.Report(ShapeErrors.AxisOutOfRange(e.Indices.Length, tensor.Value.Type.ToString(), e.Span));
            return ErrorValue.Instance;
        }
        BoundValue result = tensor;
        var axis = 0;
        foreach (var index in e.Indices)
        {
            if (result is not TensorValue { Value.Type: var type } current)
                return result;
            switch (Evaluate(index, scope))
            {
                case RangeValue { From: null, To: null }:
                    axis++;
                    break;
                case RangeValue range:
                    result = ApplyFunctionOp(OpRegistry.All["slice"],
                    [
                        new Operand(null, current, e.Target.Span), Operand.Named("axis", new ConstantValue(axis), index.Span),
                        Operand.Named("from", new ConstantValue(FromEnd(range.From ?? 0, type.Shape[axis])), index.Span),
                        Operand.Named("to", new ConstantValue(FromEnd(range.To ?? type.Shape[axis], type.Shape[axis])), index.Span),
                    ], e.Span);
                    axis++;
                    break;
                case ConstantValue { Constant: IntConstant i }:
                    result = ApplyFunctionOp(OpRegistry.All["element"],
                    [
                        new Operand(null, current, e.Target.Span), Operand.Named("axis", new ConstantValue(axis), index.Span),
                        Operand.Named("index", new ConstantValue(FromEnd(i.Size, type.Shape[axis])), index.Span),
                    ], e.Span);
                    break;
                case ErrorValue:
                    return ErrorValue.Instance;
                case var other:
                    context.Report(NotKnown("int or range", other, index.Span));
                    return ErrorValue.Instance;
            }
        }
        return result;
    }

    private static Dim FromEnd(Dim bound, Dim size) => bound.Value is < 0 ? size + bound : bound;
}
